// Devices, threads and gradient mode.
#include "guard.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/headeronly/version.h>

#include <dlfcn.h>

using namespace ctorch;

// libtorch keeps the first answer of its CUDA hooks for good. So they are asked only once CUDA has registered itself, or
// a question asked before `ct_load_library` would hide the devices for the rest of the process.
static bool cuda_is_registered() { return at::CUDAHooksRegistry()->Has("CUDAHooks"); }

bool ctorch::has_cuda() { return cuda_is_registered() && at::hasCUDA(); }

const char *ct_version(void) { return TORCH_VERSION; }

const char *ct_cpu_capability(void) {
    static const std::string capability = at::get_cpu_capability();
    return capability.c_str();
}

int ct_thread_count(void) { return at::get_num_threads(); }

int ct_set_thread_count(int count) {
    return guarded([&] { at::set_num_threads(count); });
}

const char *ct_library_path(void) {
    Dl_info info;
    const bool found = dladdr(reinterpret_cast<const void *>(&at::get_num_threads), &info) != 0;
    return found && info.dli_fname ? info.dli_fname : "";
}

int ct_load_library(const char *path) {
    return guarded([&] { TORCH_CHECK(dlopen(path, RTLD_NOW | RTLD_GLOBAL) != nullptr, dlerror()); });
}

bool ct_cuda_is_loaded(void) { return cuda_is_registered(); }

int ct_cuda_device_count(int *out) {
    *out = 0;
    return guarded([&] {
        if (cuda_is_registered()) *out = at::detail::getCUDAHooks().deviceCount();
    });
}

int ct_synchronize(int number) {
    return guarded([&] {
        const at::Device place = device(number);
        if (place.is_cpu()) return;
        TORCH_CHECK(has_cuda(), "no CUDA device is available");
        c10::impl::VirtualGuardImpl(place.type()).synchronizeDevice(place.index());
    });
}

bool ct_set_gradients_enabled(bool enabled) {
    const bool before = c10::GradMode::is_enabled();
    c10::GradMode::set_enabled(enabled);
    return before;
}

bool ct_gradients_enabled(void) { return c10::GradMode::is_enabled(); }
