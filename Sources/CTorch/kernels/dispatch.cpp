#include "dispatch.h"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

namespace ctorch {

static thread_local bool enabled = true;

bool kernels_enabled() { return enabled; }

bool runs_on_kernels(std::initializer_list<std::optional<at::Tensor>> tensors) {
    if (!ct_kernels_available() || !enabled) return false;
    return std::all_of(tensors.begin(), tensors.end(), [](const std::optional<at::Tensor> &x) {
        return !x || (x->is_cpu() && x->scalar_type() == at::kBFloat16 && x->dim() > 0 && x->numel() > 0 && x->stride(-1) == 1);
    });
}

std::optional<at::Tensor> row_view(const at::Tensor &x) {
    int64_t rows = 1, stride = x.size(-1);
    for (int64_t d = x.dim() - 2; d >= 0; d--) {
        if (x.size(d) == 1) continue;
        if (rows == 1)
            stride = x.stride(d);
        else if (x.stride(d) != stride * rows)
            return std::nullopt;
        rows *= x.size(d);
    }
    return x.as_strided({rows, x.size(-1)}, {stride, 1});
}

at::Tensor rows_of(const at::Tensor &x) {
    auto view = row_view(x);
    return view ? *view : x.contiguous().view({-1, x.size(-1)});
}

VectorRows::VectorRows(const at::Tensor &vector, const at::Tensor &x) {
    TORCH_CHECK(
        x.dim() == 3 && vector.dim() == 3 && vector.size(1) == 1 && vector.size(2) == x.size(2)
            && (vector.size(0) == 1 || vector.size(0) == x.size(0)),
        "a modulation of shape ", vector.sizes(), " does not fit tokens of shape ", x.sizes(), "; expected [batch, 1, width]");
    stride = vector.size(0) == 1 ? 0 : vector.stride(0);
    rows_per_vector = x.size(1);
}

at::Tensor placed(const at::Tensor &result, const std::optional<at::Tensor> &into) {
    if (!into) return result;
    TORCH_CHECK(into->sizes() == result.sizes(), "the result has shape ", result.sizes(), " but its place has ", into->sizes());
    into->copy_(result);
    return *into;
}

}  // namespace ctorch

bool ct_kernels_available(void) {
    static const bool available = has_avx512_bfloat16();
    return available;
}

void ct_kernels_set_enabled(bool enabled) { ctorch::enabled = enabled; }
