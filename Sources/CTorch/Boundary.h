// What every file of the engine shares: the handle, and the one place where exceptions end.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <atomic>
#include <string>

#include "../CTorchAPI/include/CTorchAPI.h"

struct ctorch_tensor_box {
    at::Tensor tensor;
};

namespace ctorch {

extern std::atomic<int64_t> live;
extern thread_local std::string last_error;

inline ctorch_tensor give(at::Tensor tensor) {
    auto *box = new ctorch_tensor_box{std::move(tensor)};
    live.fetch_add(1, std::memory_order_relaxed);
    return box;
}

// Runs `body`, turns any exception into status 1 and `last_error`. Never throws.
template <typename Body> int guarded(Body &&body) noexcept {
    try {
        body();
        return 0;
    } catch (const c10::Error &error) {
        last_error = error.what_without_backtrace();
    } catch (const std::exception &error) {
        last_error = error.what();
    } catch (...) {
        last_error = "an unknown C++ exception";
    }
    return 1;
}

// The same for a function that gives out one tensor.
template <typename Body> int giving(ctorch_tensor *out, Body &&body) noexcept {
    return guarded([&] { *out = give(body()); });
}

inline at::ScalarType scalar_type(ctorch_dtype dtype) {
    switch (dtype) {
    case CTORCH_FLOAT32: return at::kFloat;
    case CTORCH_BFLOAT16: return at::kBFloat16;
    case CTORCH_INT64: return at::kLong;
    }
    throw std::invalid_argument("unknown dtype");
}

// Layers.cpp
at::Tensor linear(const at::Tensor &x, const at::Tensor &weight);
at::Tensor pack_linear(const at::Tensor &weight, int64_t rows);
at::Tensor linear_packed(const at::Tensor &x, const at::Tensor &packed);
at::Tensor linear_within_tiles(const at::Tensor &x, const at::Tensor &weight);
at::Tensor embedding(const at::Tensor &table, const at::Tensor &ids, at::ScalarType dtype);
at::Tensor rms_norm(const at::Tensor &x, const at::Tensor &weight, double epsilon);
at::Tensor swiglu(const at::Tensor &gate, const at::Tensor &up);
at::Tensor swiglu_linear(const at::Tensor &gate, const at::Tensor &up, const at::Tensor &weight);
at::Tensor rotary(const at::Tensor &x, const at::Tensor &cosine, const at::Tensor &sine);
at::Tensor token_log_probabilities(
    const at::Tensor &hidden, const at::Tensor &weight, const at::Tensor &targets, int64_t chunk);

// GroupAttention.cpp
at::Tensor shared_prefix_attention(
    const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const ctorch_group *groups, int32_t count,
    const int64_t *completion_lengths);

// Attention.cpp
void fill_prompt_cache(const at::Tensor &cache, const at::Tensor &packed, const int64_t *lengths, int32_t count);
void append_cache(const at::Tensor &cache, const at::Tensor &x, int64_t position);
at::Tensor decode_attention(
    const at::Tensor &q, const at::Tensor &prompt_k, const at::Tensor &prompt_v, const int64_t *prompt_lengths,
    const int64_t *rows_of_prompt, int32_t prompts, const at::Tensor &own_k, const at::Tensor &own_v, int64_t filled);

// Sampling.cpp
void sample(
    const at::Tensor &logits, const double *uniforms, ctorch_sampling how, const int64_t *drawable,
    int64_t drawable_count, int64_t *ids, double *raw, double *sampled);

// Optimizer.cpp
double gradient_norm(const ctorch_tensor *parameters, int32_t count);
void adamw_step(const at::Tensor &parameter, const at::Tensor &m, const at::Tensor &v, const ctorch_adamw &how);

} // namespace ctorch
