// NCCL behind half a dozen functions, found in its library when a group's GPUs are first needed.
//
// Streams and events are libtorch's, so that neither NCCL's nor CUDA's headers are needed to build. Numbers and types are
// those of the binary interface of libnccl.so.2.
#include "exchange.h"

#include <ATen/Context.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <dlfcn.h>
#include <unistd.h>

using namespace ctorch;

namespace {

constexpr const char *name = "libnccl.so.2";
constexpr int success = 0, bytes = 1, float32 = 7, sum = 0;

struct UniqueID {
    char bytes[128];
};
using Communicator = void *;
using StreamHandle = void *;

void *library = nullptr;

template <typename Function>
Function find(const char *symbol) {
    TORCH_CHECK(library, "NCCL is not loaded");
    void *found = dlsym(library, symbol);
    TORCH_CHECK(found, name, " lacks ", symbol, "; NCCL 2.18 or later is expected");
    return reinterpret_cast<Function>(found);
}

struct NCCL {
    int (*unique_id)(UniqueID *) = find<decltype(unique_id)>("ncclGetUniqueId");
    int (*join)(Communicator *, int, UniqueID, int) = find<decltype(join)>("ncclCommInitRank");
    int (*leave)(Communicator) = find<decltype(leave)>("ncclCommDestroy");
    int (*state)(Communicator, int *) = find<decltype(state)>("ncclCommGetAsyncError");
    const char *(*text)(int) = find<decltype(text)>("ncclGetErrorString");
    const char *(*last_error)(Communicator) = find<decltype(last_error)>("ncclGetLastError");
    int (*reduce)(const void *, void *, size_t, int, int, int, Communicator, StreamHandle) = find<decltype(reduce)>("ncclReduce");
    int (*broadcast)(const void *, void *, size_t, int, int, Communicator, StreamHandle) = find<decltype(broadcast)>("ncclBroadcast");
};

const NCCL &nccl() {
    static const NCCL functions;
    return functions;
}

// This process's place among the GPUs.
struct Member {
    Communicator communicator;
    c10::Stream stream;  // of its own, so that exchanges go on beside the backward pass
};

std::optional<Member> member;

void check(int result, const char *what) {
    if (result == success) return;
    const char *last = nccl().last_error(member ? member->communicator : nullptr);
    TORCH_CHECK(false, "NCCL failed to ", what, ": ", nccl().text(result), last && *last ? std::string(" (") + last + ")" : "");
}

// Errors of other processes and of connections appear here, after the call that began the exchange.
void check_state() {
    int result = success;
    check(nccl().state(member->communicator, &result), "tell its state");
    check(result, "exchange tensors");
}

struct DeviceExchange final : ct_request_impl {
    explicit DeviceExchange(at::Tensor tensor) : tensor(std::move(tensor)), done(at::kCUDA) {}

    bool test() override {
        check_state();
        return done.query();
    }

    void wait() override {
        check_state();
        done.block(c10::impl::VirtualGuardImpl(at::kCUDA).getStream(tensor.device()));
    }

    at::Tensor tensor;  // stays alive until the request is freed
    c10::Event done;
};

// Queues an exchange behind what the calling thread has queued so far.
template <typename Begin>
std::unique_ptr<ct_request_impl> begin_exchange(const at::Tensor &x, const Begin &begin) {
    TORCH_CHECK(member, "the GPUs of this group have not been joined");
    TORCH_CHECK(x.device() == member->stream.device(), "a tensor on ", x.device(), " in a group that joined with ", member->stream.device());
    TORCH_CHECK(x.is_contiguous(), "processes exchange contiguous tensors");
    const c10::DeviceGuard guard(x.device());
    const c10::impl::VirtualGuardImpl gpu(at::kCUDA);
    auto exchange = std::make_unique<DeviceExchange>(x);
    c10::Event ready(at::kCUDA);
    ready.record(gpu.getStream(x.device()));
    ready.block(member->stream);
    begin(x.mutable_data_ptr(), gpu.getStreamNativeHandle(member->stream));
    exchange->done.record(member->stream);
    return exchange;
}

}  // namespace

int ct_nccl_load(const char *const *directories, size_t count) {
    return guarded([&] {
        // A libtorch_cuda that needs NCCL has brought it along; a second one would not know of the first.
        if (!library) library = dlopen(name, RTLD_NOW | RTLD_NOLOAD);
        std::string problem;
        for (size_t i = 0; i < count && !library; i++) {
            const std::string path = std::string(directories[i]) + "/" + name;
            if (access(path.c_str(), F_OK) != 0) continue;
            library = dlopen(path.c_str(), RTLD_NOW);
            if (!library && problem.empty()) problem = dlerror();
        }
        if (!library) library = dlopen(name, RTLD_NOW);
        TORCH_CHECK(library, problem.empty() ? dlerror() : problem.c_str());
    });
}

int ct_group_join_gpus(int number, int rank, int count) {
    return guarded([&] {
        const at::Device place = device(number);
        TORCH_CHECK(place.is_cuda() && has_cuda(), "no CUDA device is available");
        if (member) return;
        at::globalContext().lazyInitDevice(at::kCUDA);
        const c10::DeviceGuard guard(place);
        UniqueID id = {};
        if (rank == 0) check(nccl().unique_id(&id), "begin a group");
        broadcast_bytes(&id, sizeof id, 0);
        Communicator communicator = nullptr;
        check(nccl().join(&communicator, count, id, rank), "join the group");
        member.emplace(Member{communicator, c10::impl::VirtualGuardImpl(at::kCUDA).getStreamFromGlobalPool(place, true)});
    });
}

std::unique_ptr<ct_request_impl> ctorch::reduce_over_gpus(const at::Tensor &x, int root) {
    TORCH_CHECK(x.scalar_type() == at::kFloat, "sums are taken of float32, not ", x.scalar_type());
    return begin_exchange(x, [&](void *data, StreamHandle stream) {
        check(nccl().reduce(data, data, x.numel(), float32, sum, root, member->communicator, stream), "begin a sum");
    });
}

std::unique_ptr<ct_request_impl> ctorch::broadcast_over_gpus(const at::Tensor &x, int root) {
    return begin_exchange(x, [&](void *data, StreamHandle stream) {
        check(nccl().broadcast(data, data, x.nbytes(), bytes, root, member->communicator, stream), "begin a broadcast");
    });
}

void ctorch::leave_gpus() {
    if (!member) return;
    const Communicator communicator = member->communicator;
    member.reset();
    check(nccl().leave(communicator), "leave the group");
}
