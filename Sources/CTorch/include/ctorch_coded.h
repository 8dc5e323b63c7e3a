#pragma once
#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

// Matrices in 8 bits. In main memory kernels of ours make float32 and bfloat16 in one pass; everything else is composed of
// libtorch operations, with the same results bit for bit.
//
// All functions follow the rules of ctorch.h: 0 is success, results arrive at +1, inputs are borrowed.

// code · scale of its row, in float32, rounded to `dtype`. codes [rows, columns] int8, scale [rows, 1] float32.
int ct_int8_values(ct_tensor codes, ct_tensor scale, int dtype, ct_tensor *out);
// The codes of a matrix of floating-point numbers: each row is scaled so that its largest magnitude becomes 127.
int ct_int8_codes(ct_tensor matrix, ct_tensor *codes, ct_tensor *scale);
// code · scale, in float32, rounded to `dtype`. codes [rows, columns] of either float8 type.
int ct_float8_values(ct_tensor codes, double scale, int dtype, ct_tensor *out);

#ifdef __cplusplus
}
#endif
