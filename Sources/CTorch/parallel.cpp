#include "parallel.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <dlfcn.h>
#include <exception>
#include <mutex>

namespace ctorch {

int thread_count() { return at::get_num_threads(); }

namespace {

using GompParallel = void (*)(void (*function)(void *), void *data, unsigned threads, unsigned flags);
using OmpCount = int (*)();

// libgomp's entry points, found in the process: libtorch_cpu links libgomp.
struct OpenMP {
    GompParallel parallel = reinterpret_cast<GompParallel>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
    OmpCount thread_number = reinterpret_cast<OmpCount>(dlsym(RTLD_DEFAULT, "omp_get_thread_num"));
    OmpCount team_size = reinterpret_cast<OmpCount>(dlsym(RTLD_DEFAULT, "omp_get_num_threads"));
    OmpCount in_parallel = reinterpret_cast<OmpCount>(dlsym(RTLD_DEFAULT, "omp_in_parallel"));

    bool is_usable() const { return parallel && thread_number && team_size && in_parallel; }
};

const OpenMP &openmp() {
    static const OpenMP functions;
    return functions;
}

struct Loop {
    int64_t begin, end;
    detail::RangeFunction function;
    void *context;
    std::once_flag failed;
    std::exception_ptr failure;

    // The share of the calling thread. The team may be smaller than asked for, so shares follow its real size.
    void run_share() {
        const int64_t team = openmp().team_size(), number = openmp().thread_number();
        const int64_t length = (end - begin + team - 1) / team;
        const int64_t first = begin + number * length, last = std::min(end, first + length);
        if (first >= last) return;
        try {
            function(context, first, last);
        } catch (...) {
            std::call_once(failed, [&] { failure = std::current_exception(); });
        }
    }
};

}  // namespace

void detail::run_ranges(int64_t begin, int64_t end, int64_t grain, RangeFunction function, void *context) {
    if (begin >= end) return;
    const int64_t useful = std::max<int64_t>(1, (end - begin) / std::max<int64_t>(1, grain));
    const int64_t threads = std::min<int64_t>(useful, thread_count());
    if (threads == 1 || !openmp().is_usable() || openmp().in_parallel()) {
        function(context, begin, end);
        return;
    }
    Loop loop{.begin = begin, .end = end, .function = function, .context = context, .failed = {}, .failure = nullptr};
    openmp().parallel([](void *data) { static_cast<Loop *>(data)->run_share(); }, &loop, static_cast<unsigned>(threads), 0);
    if (loop.failure) std::rethrow_exception(loop.failure);
}

}  // namespace ctorch
