// Open MPI behind a dozen functions, found in the library when it is first needed.
//
// Its handles (communicator, types, operations) are addresses of objects that the library exports; this is the binary
// interface of libmpi.so.40, which Open MPI 4 and 5 share.
#include "exchange.h"

#include <dlfcn.h>

#include <climits>

using namespace ctorch;

namespace {

constexpr int success = 0, thread_funneled = 1;

using Handle = void *;

struct Library {
    void *library = dlopen("libmpi.so.40", RTLD_NOW | RTLD_GLOBAL);

    template <typename Function>
    Function find(const char *name) const {
        void *symbol = library ? dlsym(library, name) : nullptr;
        TORCH_CHECK(
            symbol, "Open MPI's libmpi.so.40 ", library ? "lacks " : "is not installed; it would provide ", name,
            ". On Debian: apt-get install openmpi-bin");
        return reinterpret_cast<Function>(symbol);
    }
};

const Library &library() {
    static const Library opened;
    return opened;
}

struct MPI {
    int (*init)(int *, char ***, int, int *) = library().find<decltype(init)>("MPI_Init_thread");
    int (*finalize)() = library().find<decltype(finalize)>("MPI_Finalize");
    int (*abort)(Handle, int) = library().find<decltype(abort)>("MPI_Abort");
    int (*rank)(Handle, int *) = library().find<decltype(rank)>("MPI_Comm_rank");
    int (*size)(Handle, int *) = library().find<decltype(size)>("MPI_Comm_size");
    int (*reduce)(const void *, void *, int, Handle, Handle, int, Handle, Handle *) = library().find<decltype(reduce)>("MPI_Ireduce");
    int (*broadcast)(void *, int, Handle, int, Handle, Handle *) = library().find<decltype(broadcast)>("MPI_Ibcast");
    int (*all_reduce)(const void *, void *, int, Handle, Handle, Handle) = library().find<decltype(all_reduce)>("MPI_Allreduce");
    int (*barrier)(Handle) = library().find<decltype(barrier)>("MPI_Barrier");
    int (*test)(Handle *, int *, void *) = library().find<decltype(test)>("MPI_Test");
    int (*wait)(Handle *, void *) = library().find<decltype(wait)>("MPI_Wait");
    Handle world = library().find<Handle>("ompi_mpi_comm_world"), sum = library().find<Handle>("ompi_mpi_op_sum");
    Handle float32 = library().find<Handle>("ompi_mpi_float"), float64 = library().find<Handle>("ompi_mpi_double");
    Handle bytes = library().find<Handle>("ompi_mpi_byte");
    bool is_joined = false;
};

MPI &mpi() {
    static MPI functions;
    return functions;
}

MPI &group() {
    MPI &functions = mpi();
    TORCH_CHECK(functions.is_joined, "this process has joined no group");
    return functions;
}

void check(int status, const char *what) { TORCH_CHECK(status == success, "Open MPI failed to ", what, " (error ", status, ")"); }

void *const in_place = reinterpret_cast<void *>(1);

const at::Tensor &plain(ct_tensor handle) {
    const at::Tensor &x = unwrap(handle);
    TORCH_CHECK(x.is_cpu() && x.is_contiguous(), "processes exchange contiguous tensors in main memory");
    TORCH_CHECK(x.nbytes() <= INT_MAX, "a tensor of ", x.nbytes(), " bytes is too large for one exchange");
    return x;
}

struct MemoryExchange final : ct_request_impl {
    explicit MemoryExchange(at::Tensor tensor) : tensor(std::move(tensor)) {}

    bool test() override {
        int flag = 0;
        check(group().test(&request, &flag, nullptr), "make progress");
        return flag != 0;
    }

    void wait() override { check(group().wait(&request, nullptr), "finish an exchange"); }

    Handle request = nullptr;
    at::Tensor tensor;  // stays alive until the request is done
};

std::unique_ptr<ct_request_impl> reduce_in_memory(ct_tensor x, int root) {
    MPI &m = group();
    const at::Tensor &tensor = plain(x);
    TORCH_CHECK(tensor.scalar_type() == at::kFloat, "sums are taken of float32, not ", tensor.scalar_type());
    int rank = 0;
    check(m.rank(m.world, &rank), "tell the rank");
    void *data = tensor.mutable_data_ptr();
    auto exchange = std::make_unique<MemoryExchange>(tensor);
    check(
        m.reduce(
            rank == root ? in_place : data, rank == root ? data : nullptr, static_cast<int>(tensor.numel()), m.float32, m.sum, root,
            m.world, &exchange->request),
        "begin a sum");
    return exchange;
}

std::unique_ptr<ct_request_impl> broadcast_in_memory(ct_tensor x, int root) {
    MPI &m = group();
    const at::Tensor &tensor = plain(x);
    auto exchange = std::make_unique<MemoryExchange>(tensor);
    check(
        m.broadcast(tensor.mutable_data_ptr(), static_cast<int>(tensor.nbytes()), m.bytes, root, m.world, &exchange->request),
        "begin a broadcast");
    return exchange;
}

}  // namespace

void ctorch::broadcast_bytes(void *bytes, int count, int root) {
    MPI &m = group();
    Handle request = nullptr;
    check(m.broadcast(bytes, count, m.bytes, root, m.world, &request), "begin a broadcast");
    check(m.wait(&request, nullptr), "finish a broadcast");
}

int ct_group_join(int *rank, int *count) {
    *rank = 0;
    *count = 1;
    return guarded([&] {
        MPI &m = mpi();
        if (!m.is_joined) {
            int provided = 0;
            check(m.init(nullptr, nullptr, thread_funneled, &provided), "start");
            m.is_joined = true;
        }
        check(m.rank(m.world, rank), "tell the rank");
        check(m.size(m.world, count), "tell the group's size");
    });
}

int ct_group_leave(void) {
    return guarded([&] {
        MPI &m = group();
        leave_gpus();
        check(m.finalize(), "leave the group");
        m.is_joined = false;
    });
}

void ct_group_abort(int code) {
    guarded([&] { group().abort(group().world, code); });
}

int ct_group_reduce(ct_tensor x, int root, ct_request *out) {
    *out = nullptr;
    return guarded([&] {
        *out = (unwrap(x).is_cuda() ? reduce_over_gpus(unwrap(x), root) : reduce_in_memory(x, root)).release();
    });
}

int ct_group_broadcast(ct_tensor x, int root, ct_request *out) {
    *out = nullptr;
    return guarded([&] {
        *out = (unwrap(x).is_cuda() ? broadcast_over_gpus(unwrap(x), root) : broadcast_in_memory(x, root)).release();
    });
}

int ct_request_test(ct_request request, bool *done) {
    *done = false;
    return guarded([&] { *done = request->test(); });
}

int ct_request_wait(ct_request request) {
    return guarded([&] { request->wait(); });
}

void ct_request_free(ct_request request) { delete request; }

int ct_group_sum(double *values, size_t count) {
    return guarded([&] {
        MPI &m = group();
        check(m.all_reduce(in_place, values, static_cast<int>(count), m.float64, m.sum, m.world), "add up numbers");
    });
}

int ct_group_barrier(void) {
    return guarded([&] { check(group().barrier(group().world), "wait for the others"); });
}
