import Foundation
import Testing
import Torch

/// What of several GPUs can be checked without one.
@Suite struct ProcessGroupTests {
    private static let hasNCCL = (try? NCCL.load(from: [])) != nil

    @Test(.enabled(if: !hasNCCL, "NCCL is installed"))
    func aMissingLibraryIsNamedWithWhatToDo() {
        let error = #expect(throws: TorchError.self) { try NCCL.load(from: ["/nowhere"]) }
        let text = error?.description ?? ""
        #expect(text.contains("libnccl.so.2") && text.contains("Install NCCL 2"), "\(text)")
    }

    @Test(.enabled(if: !hasNCCL, "NCCL is installed"))
    func aFileThatIsNoLibraryIsNamed() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nccl-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("no library".utf8).write(to: folder.appendingPathComponent("libnccl.so.2"))
        let error = #expect(throws: TorchError.self) { try NCCL.load(from: [folder.path]) }
        #expect(error?.description.contains(folder.path) == true, "\(error?.description ?? "")")
    }
}
