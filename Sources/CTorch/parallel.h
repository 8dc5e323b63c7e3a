// A parallel loop on libtorch's threads. Internal to CTorch.
//
// at::parallel_for is inlined from its header and runs serially in code compiled without -fopenmp, which SwiftPM cannot
// pass. So the loop asks libgomp, which libtorch has loaded, for its thread team: the team libtorch's own kernels use.
#pragma once
#include <cstdint>

namespace ctorch {

// How many threads libtorch may use.
int thread_count();

namespace detail {
using RangeFunction = void (*)(void *context, int64_t begin, int64_t end);
void run_ranges(int64_t begin, int64_t end, int64_t grain, RangeFunction function, void *context);
}  // namespace detail

// Calls `body(first, last)` on disjoint ranges that cover `begin ..< end`, each at least `grain` long where possible.
// Runs on the calling thread alone when the range is short or the call is made inside another parallel loop.
// An exception of a body is rethrown here once all ranges have ended.
template <typename Body>
void parallel_for(int64_t begin, int64_t end, int64_t grain, const Body &body) {
    detail::run_ranges(
        begin, end, grain,
        [](void *context, int64_t first, int64_t last) { (*static_cast<const Body *>(context))(first, last); },
        const_cast<Body *>(&body));
}

}  // namespace ctorch
