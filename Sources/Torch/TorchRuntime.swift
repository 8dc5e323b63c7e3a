internal import CTorch

/// libtorch in this process: version, threads, devices.
public enum TorchRuntime {
    /// libtorch's version, `2.11.0`.
    public static var version: String { String(cString: ct_version()) }

    /// The vector instructions libtorch chose for this processor, `AVX512`.
    public static var cpuCapability: String { String(cString: ct_cpu_capability()) }

    /// How many threads one operation on the processor may use; at least 1.
    public static var threadCount: Int {
        get { Int(ct_thread_count()) }
        set {
            precondition(newValue > 0, "threadCount must be at least 1, got \(newValue)")
            _ = ct_set_thread_count(Int32(clamping: newValue))
        }
    }

    /// The directory that libtorch was loaded from; its CUDA part lies there too, in a PyTorch built for CUDA.
    public static var libraryDirectory: String {
        let path = String(cString: ct_library_path())
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// Whether libtorch's CUDA part is in this process.
    public static var isCUDALoaded: Bool { ct_cuda_is_loaded() }

    /// How many CUDA devices can be used; 0 without `loadCUDA(from:)` or without a driver.
    public static var cudaDeviceCount: Int {
        var count: Int32 = 0
        return Int(ct_cuda_device_count(&count)) == CT_OK ? Int(count) : 0
    }

    /// Loads libtorch's CUDA part into this process; best done before the first tensor is made.
    ///
    /// - Parameter directory: the `lib` directory of a PyTorch of the same version that was built for CUDA.
    public static func loadCUDA(from directory: String) throws(TorchError) {
        if isCUDALoaded { return }
        guard Int(ct_load_library("\(directory)/libtorch_cuda.so")) == CT_OK else {
            throw .cudaUnavailable(directory: directory, message: TorchError.nativeMessage())
        }
        guard isCUDALoaded else {
            throw .cudaUnavailable(directory: directory, message: "the library was loaded but did not register CUDA")
        }
    }

    /// Waits until `device` has done all it was asked to do; returns at once for the processor.
    public static func synchronize(_ device: Device) throws(TorchError) {
        try Tensor.check(ct_synchronize(device.number), "synchronize", [], device.description)
    }

    /// Tensors and generators alive in this process, for finding leaks.
    public static var liveHandleCount: Int { Int(ct_live_handle_count()) }
}
