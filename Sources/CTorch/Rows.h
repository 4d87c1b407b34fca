// Rows of float32 and bfloat16 as float32, in loops compiled for the processor at hand.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

// A function compiled for several processors; the one at hand decides when the library is loaded.
#define CTORCH_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))

namespace ctorch {

// to[i] = from[i], for i < n; rounded to the nearest even where the result is bfloat16.
void widen(const at::BFloat16 *from, float *to, int64_t n);
void narrow(const float *from, at::BFloat16 *to, int64_t n);
void widen(const float *from, float *to, int64_t n);
void narrow(const float *from, float *to, int64_t n);

// Σ exp((x − top)·slope)
float exp_sum(const float *x, int64_t n, float top, float slope);
float largest(const float *x, int64_t n);
// x[i] = exp(x[i]·slope − shift), for x[i]·slope ≤ shift. → their sum
float exponentiate(float *x, int64_t n, float slope, float shift);
void scale(float *x, int64_t n, float factor);
float dot(const float *x, const float *y, int64_t n);
// y = factor · x ∘ gain
void scaled_product(const float *x, const float *gain, float factor, float *y, int64_t n);
// Of y = s · x ∘ gain with s = (mean x² + ε)^-½: dx from dy; dy ∘ x · s is added to `dgain`, where there is one.
void norm_slopes(
    const float *x, const float *gain, const float *dy, float s, float *dx, float *dgain, int64_t n);
// The pairs (x[i], x[i + n]) turned by angles of which the cosines and sines are given, i < n. y is not x.
void turn(const float *x, const float *cosine, const float *sine, float direction, float *y, int64_t n);
// ln Σ exp(x − top), summed by blocks.
double log_sum(const float *x, int64_t n, float top);
// y = silu(gate) · up
void gated(const float *gate, const float *up, float *y, int64_t n);
// The same, and its derivatives times dy.
void gated_slopes(
    const float *gate, const float *up, const float *dy, float *y, float *dgate, float *dup, int64_t n);

} // namespace ctorch
