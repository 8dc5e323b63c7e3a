#include "guard.h"

#include <c10/util/Exception.h>

#include <atomic>
#include <new>

namespace ctorch {

namespace {

thread_local std::string last_error;
std::atomic<int64_t> live_handles{0};

struct DTypeRow {
    int number;
    at::ScalarType type;
};

constexpr DTypeRow dtypes[] = {
    {CT_FLOAT32, at::kFloat},
    {CT_FLOAT64, at::kDouble},
    {CT_FLOAT16, at::kHalf},
    {CT_BFLOAT16, at::kBFloat16},
    {CT_FLOAT8_E4M3, at::kFloat8_e4m3fn},
    {CT_FLOAT8_E5M2, at::kFloat8_e5m2},
    {CT_INT8, at::kChar},
    {CT_UINT8, at::kByte},
    {CT_INT16, at::kShort},
    {CT_INT32, at::kInt},
    {CT_INT64, at::kLong},
    {CT_BOOL, at::kBool},
};

// The processor's allocator reports a full memory as a plain error with one of these texts.
bool tells_of_memory(const std::string &text) {
    return text.find("can't allocate memory") != std::string::npos || text.find("not enough memory") != std::string::npos
        || text.find("out of memory") != std::string::npos;
}

int keep(int status, std::string text) {
    last_error = std::move(text);
    return status;
}

}  // namespace

int report_exception() noexcept {
    try {
        try {
            throw;
        } catch (const c10::OutOfMemoryError &error) {
            return keep(CT_OUT_OF_MEMORY, error.what_without_backtrace());
        } catch (const c10::Error &error) {
            std::string text = error.what_without_backtrace();
            return keep(tells_of_memory(text) ? CT_OUT_OF_MEMORY : CT_FAILED, std::move(text));
        } catch (const std::bad_alloc &) {
            return keep(CT_OUT_OF_MEMORY, "the processor's memory is full");
        } catch (const std::exception &error) {
            return keep(CT_FAILED, error.what());
        } catch (...) {
            return keep(CT_FAILED, "libtorch threw something that is not an exception");
        }
    } catch (...) {  // no memory even for the text
        last_error.clear();
        return CT_OUT_OF_MEMORY;
    }
}

ct_tensor wrap(at::Tensor tensor) {
    auto *handle = new ct_tensor_impl{std::move(tensor)};
    count_handles(1);
    return handle;
}

const at::Tensor &unwrap(ct_tensor handle) {
    TORCH_CHECK(handle != nullptr, "a tensor was expected, none was given");
    return handle->tensor;
}

std::optional<at::Tensor> optional(ct_tensor handle) {
    return handle ? std::optional<at::Tensor>(handle->tensor) : std::nullopt;
}

void count_handles(int64_t change) { live_handles.fetch_add(change, std::memory_order_relaxed); }

at::ScalarType scalar_type(int dtype) {
    for (const auto &row : dtypes)
        if (row.number == dtype) return row.type;
    TORCH_CHECK(false, "unknown element type number ", dtype);
}

int dtype_number(at::ScalarType type) {
    for (const auto &row : dtypes)
        if (row.type == type) return row.number;
    TORCH_CHECK(false, "tensors of type ", c10::toString(type), " are not supported");
}

at::Device device(int number) {
    TORCH_CHECK(number >= CT_CPU && number < 128, "unknown device number ", number);
    return number == CT_CPU ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<at::DeviceIndex>(number));
}

int device_number(at::Device device) {
    if (device.is_cpu()) return CT_CPU;
    TORCH_CHECK(device.is_cuda(), "tensors on ", device.str(), " are not supported");
    return device.has_index() ? device.index() : 0;
}

std::vector<at::Tensor> unwrap_all(const ct_tensor *handles, size_t count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(count);
    for (size_t i = 0; i < count; i++) tensors.push_back(unwrap(handles[i]));
    return tensors;
}

}  // namespace ctorch

const char *ct_last_error(void) { return ctorch::last_error.c_str(); }

void ct_set_last_error(const char *text) {
    // Without memory for the text there is none, as in report_exception.
    try {
        ctorch::last_error = text;
    } catch (...) {
        ctorch::last_error.clear();
    }
}

int64_t ct_live_handle_count(void) { return ctorch::live_handles.load(std::memory_order_relaxed); }

const char *ct_dtype_name(int dtype) {
    for (const auto &row : ctorch::dtypes)
        if (row.number == dtype) return c10::toString(row.type);
    return "";
}
