// Plain loops compiled for AVX2, for float32. Internal to the kernels.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
// By attribute, not by compiler flag; what stands between is called only where `has_wide_vectors()` holds.
#define BEGIN_WIDE _Pragma("clang attribute push(__attribute__((target(\"avx2,fma\"))), apply_to = function)")
#define END_WIDE _Pragma("clang attribute pop")
inline bool has_wide_vectors() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#else
#define BEGIN_WIDE
#define END_WIDE
inline bool has_wide_vectors() { return true; }
#endif

BEGIN_WIDE

// 1 / (1 + e^-x), relative error near 1e-7; a form that compilers turn into vector code.
inline float sigmoid(float x) {
    const float bounded = x > 87.0f ? 87.0f : (x < -87.0f ? -87.0f : x);
    const float t = bounded * -1.44269504f;
    const float whole = __builtin_floorf(t + 0.5f), f = t - whole;
    float p = 1.5403530e-4f;
    p = p * f + 1.3333558e-3f;
    p = p * f + 9.6181291e-3f;
    p = p * f + 5.5504109e-2f;
    p = p * f + 2.4022651e-1f;
    p = p * f + 6.9314718e-1f;
    p = p * f + 1.0f;
    const int32_t bits = (static_cast<int32_t>(whole) + 127) << 23;
    float power;
    memcpy(&power, &bits, 4);
    return 1.0f / (1.0f + p * power);
}

END_WIDE
