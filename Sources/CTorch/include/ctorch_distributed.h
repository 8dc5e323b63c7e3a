// Several processes that train together: over Open MPI, and over NCCL what is on GPUs.
//
// libmpi is loaded when a group is joined, libnccl when its GPUs are, so that programs run where they are not installed.
// All functions follow the rules of ctorch.h and are called from one thread, but for tensors on GPUs: their exchanges may
// begin on any thread, one at a time.
#pragma once
#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ct_request_impl *ct_request;

// Joins the group that mpirun started this process in. May be called again; only the first call joins.
int ct_group_join(int *rank, int *count);
// Leaves the group; every process of it must do so.
int ct_group_leave(void);
// Ends all processes of the group at once.
void ct_group_abort(int code);

// Loads NCCL from the first directory that has it, else from where the system keeps its libraries.
int ct_nccl_load(const char *const *directories, size_t count);
// Lets the group exchange tensors on GPUs, one for each process. Every process must call it.
int ct_group_join_gpus(int device, int rank, int count);

// Begins to add up `x`, contiguous float32, over all processes; the sum arrives at `root`. `x` must not be touched before
// the request is done, and only at `root` has a meaning after.
int ct_group_reduce(ct_tensor x, int root, ct_request *out);
// Begins to copy the elements of `x`, contiguous and of the same type everywhere, from `root` to all.
int ct_group_broadcast(ct_tensor x, int root, ct_request *out);
// Whether a request is done; asking lets others make progress too.
int ct_request_test(ct_request request, bool *done);
// Waits until a request is done. For tensors on a GPU the GPU waits: what is queued later sees the result.
int ct_request_wait(ct_request request);
void ct_request_free(ct_request request);

// Adds up numbers over all processes, in place and at once.
int ct_group_sum(double *values, size_t count);
// Waits until every process is here.
int ct_group_barrier(void);

#ifdef __cplusplus
}
#endif
