#include "Rows.h"

#include <cmath>
#include <cstring>

#include "FastExp.h"

namespace ctorch {

namespace {

CTORCH_CLONES void widen_bits(const uint16_t *from, float *to, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        const uint32_t bits = uint32_t(from[i]) << 16;
        std::memcpy(to + i, &bits, 4);
    }
}

// A NaN stays one: its upper bits are kept, and the quiet bit is set.
CTORCH_CLONES void narrow_bits(const float *from, uint16_t *to, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        uint32_t bits;
        std::memcpy(&bits, from + i, 4);
        const uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
        to[i] = uint16_t((bits & 0x7FFFFFFF) > 0x7F800000 ? bits >> 16 | 0x40 : rounded);
    }
}

} // namespace

void widen(const at::BFloat16 *from, float *to, int64_t n) {
    widen_bits(reinterpret_cast<const uint16_t *>(from), to, n);
}
void narrow(const float *from, at::BFloat16 *to, int64_t n) {
    narrow_bits(from, reinterpret_cast<uint16_t *>(to), n);
}
void widen(const float *from, float *to, int64_t n) { std::memcpy(to, from, size_t(n) * sizeof(float)); }
void narrow(const float *from, float *to, int64_t n) { std::memcpy(to, from, size_t(n) * sizeof(float)); }

CTORCH_CLONES float exp_sum(const float *x, int64_t n, float top, float slope) {
#pragma clang fp reassociate(on)
    float sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += fast_exp((x[i] - top) * slope);
    return sum;
}

CTORCH_CLONES float largest(const float *x, int64_t n) {
#pragma clang fp reassociate(on)
    float top = x[0];
    for (int64_t i = 1; i < n; ++i) top = x[i] > top ? x[i] : top;
    return top;
}

CTORCH_CLONES float exponentiate(float *x, int64_t n, float slope, float shift) {
#pragma clang fp reassociate(on)
    float sum = 0;
    for (int64_t i = 0; i < n; ++i) {
        x[i] = fast_exp(x[i] * slope - shift);
        sum += x[i];
    }
    return sum;
}

double log_sum(const float *x, int64_t n, float top) {
    constexpr int64_t block = 512;
    double sum = 0;
    for (int64_t start = 0; start < n; start += block) sum += exp_sum(x + start, std::min(block, n - start), top, 1);
    return std::log(sum);
}

namespace {

// 1/(1 + e⁻ˣ), without overflow.
__attribute__((always_inline)) inline float sigmoid(float x) {
    const float e = fast_exp(-std::fabs(x));
    return (x >= 0 ? 1.0f : e) / (1.0f + e);
}

} // namespace

CTORCH_CLONES void gated(const float *gate, const float *up, float *y, int64_t n) {
    for (int64_t i = 0; i < n; ++i) y[i] = gate[i] * sigmoid(gate[i]) * up[i];
}

// With s = σ(g): silu = g·s, silu′ = s·(1 + g·(1 − s)).
CTORCH_CLONES void gated_slopes(
    const float *gate, const float *up, const float *dy, float *y, float *dgate, float *dup, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        const float s = sigmoid(gate[i]), silu = gate[i] * s;
        y[i] = silu * up[i];
        dup[i] = dy[i] * silu;
        dgate[i] = dy[i] * up[i] * s * (1.0f + gate[i] * (1.0f - s));
    }
}

CTORCH_CLONES void scale(float *x, int64_t n, float factor) {
    for (int64_t i = 0; i < n; ++i) x[i] *= factor;
}

CTORCH_CLONES float dot(const float *x, const float *y, int64_t n) {
#pragma clang fp reassociate(on)
    float sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += x[i] * y[i];
    return sum;
}

CTORCH_CLONES void scaled_product(const float *x, const float *gain, float factor, float *y, int64_t n) {
    for (int64_t i = 0; i < n; ++i) y[i] = x[i] * factor * gain[i];
}

// dx = s·(gain∘dy) − s³/n·x·Σ(gain∘dy∘x)
CTORCH_CLONES void norm_slopes(
    const float *x, const float *gain, const float *dy, float s, float *dx, float *dgain, int64_t n) {
#pragma clang fp reassociate(on)
    float sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += gain[i] * dy[i] * x[i];
    const float pull = s * s * s / float(n) * sum;
    for (int64_t i = 0; i < n; ++i) dx[i] = s * gain[i] * dy[i] - pull * x[i];
    if (dgain)
        for (int64_t i = 0; i < n; ++i) dgain[i] += dy[i] * s * x[i];
}

CTORCH_CLONES void turn(
    const float *x, const float *cosine, const float *sine, float direction, float *y, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        const float p = x[i], q = x[i + n], angle = direction * sine[i];
        y[i] = p * cosine[i] - q * angle;
        y[i + n] = q * cosine[i] + p * angle;
    }
}

} // namespace ctorch
