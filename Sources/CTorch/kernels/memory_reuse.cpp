// Keeps large freed blocks of main memory for the next tensor of about their size.
//
// The C library returns blocks beyond 32 MiB to the system when they are freed and gets them back page by page, zeroed. A
// denoising step frees and takes hundreds of megabytes of activations; keeping them saves 6 % of its time.
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <sys/mman.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <cstdlib>
#include <map>
#include <mutex>
#include <unordered_map>

#include "../guard.h"
#include "ctorch_kernels.h"

namespace {

// Smaller blocks are the C library's business.
constexpr size_t smallest_kept = 1 << 20;
// Blocks are whole huge pages, which also spares the processor's address translation.
constexpr size_t page = 2 << 20;

// libtorch's allocator for main memory, with a store of free blocks while any scope asks for it. Once installed it stays,
// because libtorch may free a block through whatever allocator is installed then.
class ReusingAllocator final : public c10::Allocator {
    c10::Allocator *const system_ = c10::GetCPUAllocator();
    std::mutex mutex_;
    std::unordered_map<void *, size_t> sizes_;  // of all blocks made here, in use or free
    std::multimap<size_t, void *> free_;        // by size
    int64_t scopes_ = 0;

    ReusingAllocator() { c10::SetCPUAllocator(this); }

    // The smallest free block that holds `size` bytes and wastes at most a quarter; null where there is none.
    void *take(size_t size) {
        auto found = free_.lower_bound(size);
        if (found == free_.end() || found->first > size + size / 4) return nullptr;
        void *block = found->second;
        free_.erase(found);
        return block;
    }

    // A new block; null where memory is short.
    void *make(size_t size) {
        void *block = nullptr;
        if (posix_memalign(&block, page, size) != 0) return nullptr;
        madvise(block, size, MADV_HUGEPAGE);
        sizes_.emplace(block, size);
        return block;
    }

    // Null outside all scopes, too.
    void *take_or_make(size_t size) {
        std::lock_guard lock(mutex_);
        if (scopes_ == 0) return nullptr;
        if (void *block = take(size)) return block;
        if (void *block = make(size)) return block;
        // Memory is short: what is kept may be just what is missing.
        release_free();
        return make(size);
    }

    void release_free() {
        for (auto &[size, block] : free_) {
            sizes_.erase(block);
            free(block);
        }
        free_.clear();
    }

    void give_back(void *block) {
        std::lock_guard lock(mutex_);
        auto found = sizes_.find(block);
        if (found == sizes_.end()) {
            system_->raw_deallocate(block);
        } else if (scopes_ > 0) {
            free_.emplace(found->second, block);
        } else {
            sizes_.erase(found);
            free(block);
        }
    }

    static void deleter(void *block) { shared().give_back(block); }

public:
    // Never destroyed: tensors may outlive every other static object.
    static ReusingAllocator &shared() {
        static auto *allocator = new ReusingAllocator;
        return *allocator;
    }

    c10::DataPtr allocate(size_t count) override {
        void *block = count >= smallest_kept ? take_or_make((count + page - 1) / page * page) : nullptr;
        // libtorch's own allocator also knows how to report that memory is short.
        if (!block) return system_->allocate(count);
        return {block, block, &deleter, c10::Device(c10::DeviceType::CPU)};
    }

    c10::DeleterFnPtr raw_deleter() const override { return &deleter; }
    void copy_data(void *to, const void *from, size_t count) const override { default_copy_data(to, from, count); }

    void begin() {
        std::lock_guard lock(mutex_);
        scopes_++;
    }

    void end() {
        std::lock_guard lock(mutex_);
        if (--scopes_ == 0) release_free();
    }
};

}  // namespace

int ct_memory_reuse_begin(void) {
    return ctorch::guarded([] { ReusingAllocator::shared().begin(); });
}

int ct_memory_reuse_end(void) {
    return ctorch::guarded([] { ReusingAllocator::shared().end(); });
}

int ct_memory_release(void) {
    return ctorch::guarded([] {
        if (ctorch::has_cuda()) c10::getDeviceAllocator(c10::DeviceType::CUDA)->emptyCache();
#if defined(__GLIBC__)
        malloc_trim(0);
#endif
    });
}
