// What the kernels' threads share out and work in. Internal to the kernels.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <new>

#include "../parallel.h"

// Hands out the numbers 0 ..< count, each once, to whichever thread asks next.
class UnitSource {
    std::atomic<int64_t> next_{0};
    const int64_t count_;

public:
    explicit UnitSource(int64_t count) : count_(count) {}
    bool next(int64_t &unit) {
        unit = next_.fetch_add(1, std::memory_order_relaxed);
        return unit < count_;
    }
};

// Runs `body(UnitSource &)` on every thread; each allocates its scratch memory and then takes units until none is left.
template <typename Body>
void parallel_units(int64_t count, const Body &body) {
    UnitSource units(count);
    int64_t workers = std::min<int64_t>(ctorch::thread_count(), count);
    ctorch::parallel_for(0, workers, 1, [&](int64_t, int64_t) { body(units); });
}

// Uninitialised memory on a cache line boundary, for one thread's intermediate values.
template <typename Element>
class Scratch {
    Element *data_;

public:
    explicit Scratch(int64_t count)
        : data_(static_cast<Element *>(::operator new(sizeof(Element) * std::max<int64_t>(count, 1), std::align_val_t(64)))) {}
    ~Scratch() { ::operator delete(data_, std::align_val_t(64)); }
    Scratch(const Scratch &) = delete;
    Scratch &operator=(const Scratch &) = delete;
    Element *data() { return data_; }
};
