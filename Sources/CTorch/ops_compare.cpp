// Comparisons and logic; results are bool tensors.
#include "guard.h"

#include <ATen/Functions.h>

using namespace ctorch;

int ct_eq(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::eq(unwrap(a), unwrap(b)); });
}

int ct_ne(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::ne(unwrap(a), unwrap(b)); });
}

int ct_lt(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::lt(unwrap(a), unwrap(b)); });
}

int ct_le(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::le(unwrap(a), unwrap(b)); });
}

int ct_gt(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::gt(unwrap(a), unwrap(b)); });
}

int ct_ge(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::ge(unwrap(a), unwrap(b)); });
}

int ct_eq_scalar(ct_tensor a, double b, ct_tensor *out) {
    return guarded(out, [&] { return at::eq(unwrap(a), b); });
}

int ct_ne_scalar(ct_tensor a, double b, ct_tensor *out) {
    return guarded(out, [&] { return at::ne(unwrap(a), b); });
}

int ct_lt_scalar(ct_tensor a, double b, ct_tensor *out) {
    return guarded(out, [&] { return at::lt(unwrap(a), b); });
}

int ct_le_scalar(ct_tensor a, double b, ct_tensor *out) {
    return guarded(out, [&] { return at::le(unwrap(a), b); });
}

int ct_gt_scalar(ct_tensor a, double b, ct_tensor *out) {
    return guarded(out, [&] { return at::gt(unwrap(a), b); });
}

int ct_ge_scalar(ct_tensor a, double b, ct_tensor *out) {
    return guarded(out, [&] { return at::ge(unwrap(a), b); });
}

int ct_logical_not(ct_tensor x, ct_tensor *out) {
    return guarded(out, [&] { return at::logical_not(unwrap(x)); });
}

int ct_logical_and(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::logical_and(unwrap(a), unwrap(b)); });
}

int ct_logical_or(ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::logical_or(unwrap(a), unwrap(b)); });
}
