// Choosing elements by index or by mask.
#include "guard.h"

#include <ATen/Functions.h>

using namespace ctorch;

int ct_index_select(ct_tensor x, int64_t dim, ct_tensor indices, ct_tensor *out) {
    return guarded(out, [&] { return at::index_select(unwrap(x), dim, unwrap(indices)); });
}

int ct_gather(ct_tensor x, int64_t dim, ct_tensor indices, ct_tensor *out) {
    return guarded(out, [&] { return at::gather(unwrap(x), dim, unwrap(indices)); });
}

int ct_masked_fill(ct_tensor x, ct_tensor mask, double value, ct_tensor *out) {
    return guarded(out, [&] { return at::masked_fill(unwrap(x), unwrap(mask), at::Scalar(value)); });
}

int ct_where(ct_tensor condition, ct_tensor a, ct_tensor b, ct_tensor *out) {
    return guarded(out, [&] { return at::where(unwrap(condition), unwrap(a), unwrap(b)); });
}

int ct_tril(ct_tensor x, int64_t diagonal, ct_tensor *out) {
    return guarded(out, [&] { return at::tril(unwrap(x), diagonal); });
}

int ct_triu(ct_tensor x, int64_t diagonal, ct_tensor *out) {
    return guarded(out, [&] { return at::triu(unwrap(x), diagonal); });
}
