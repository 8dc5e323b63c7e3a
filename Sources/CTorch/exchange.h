// What exchanges between processes share, over main memory and over GPUs. Internal to CTorch.
#pragma once
#include "ctorch_distributed.h"
#include "guard.h"

#include <memory>

// An exchange that goes on beside other work, and the tensor it needs.
struct ct_request_impl {
    virtual ~ct_request_impl() = default;
    virtual bool test() = 0;
    virtual void wait() = 0;
};

namespace ctorch {

// Copies bytes from `root` to all processes, over Open MPI, and waits for them.
void broadcast_bytes(void *bytes, int count, int root);

// Exchanges of tensors on GPUs (nccl.cpp).
std::unique_ptr<ct_request_impl> reduce_over_gpus(const at::Tensor &x, int root);
std::unique_ptr<ct_request_impl> broadcast_over_gpus(const at::Tensor &x, int root);
void leave_gpus();

}  // namespace ctorch
