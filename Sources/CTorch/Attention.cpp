// Sampling's caches, and attention over them.

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "Boundary.h"
#include "FastExp.h"
#include "Parallel.h"

namespace ctorch {

void fill_prompt_cache(const at::Tensor &cache, const at::Tensor &packed, const int64_t *lengths, int32_t count) {
    int64_t offset = 0;
    for (int32_t b = 0; b < count; ++b) {
        cache.select(0, b).narrow(1, 0, lengths[b]).copy_(packed.narrow(0, offset, lengths[b]).transpose(0, 1));
        offset += lengths[b];
    }
}

void append_cache(const at::Tensor &cache, const at::Tensor &x, int64_t position) {
    cache.select(2, position).copy_(x);
}

namespace {

inline float widen(float x) { return x; }
inline float widen(at::BFloat16 x) { return float(x); }

// One key/value head of one prompt and of the `sequences` that go on from it. Every key and value of the prompt is
// widened once for all their queries. q and out: [sequences · each, width] fp32, q already scaled.
template <typename T>
__attribute__((always_inline)) inline void attend(
    const float *q, int64_t sequences, int64_t each, int64_t width, const T *prompt_k, const T *prompt_v,
    int64_t prompt, const T *own_k, const T *own_v, int64_t own_stride, int64_t filled, float *scores, float *wide,
    float *out) {
#pragma clang fp reassociate(on)
    const int64_t rows = sequences * each, total = prompt + filled;
    for (int64_t j = 0; j < prompt; ++j) {
        for (int64_t i = 0; i < width; ++i) wide[i] = widen(prompt_k[j * width + i]);
        for (int64_t r = 0; r < rows; ++r) {
            float sum = 0;
            for (int64_t i = 0; i < width; ++i) sum += q[r * width + i] * wide[i];
            scores[r * total + j] = sum;
        }
    }
    for (int64_t s = 0; s < sequences; ++s)
        for (int64_t j = 0; j < filled; ++j) {
            const T *key = own_k + s * own_stride + j * width;
            for (int64_t i = 0; i < width; ++i) wide[i] = widen(key[i]);
            for (int64_t r = s * each; r < (s + 1) * each; ++r) {
                float sum = 0;
                for (int64_t i = 0; i < width; ++i) sum += q[r * width + i] * wide[i];
                scores[r * total + prompt + j] = sum;
            }
        }
    for (int64_t r = 0; r < rows; ++r) {
        float *row = scores + r * total;
        float top = row[0], sum = 0;
        for (int64_t j = 1; j < total; ++j) top = row[j] > top ? row[j] : top;
        for (int64_t j = 0; j < total; ++j) row[j] = fast_exp(row[j] - top);
        for (int64_t j = 0; j < total; ++j) sum += row[j];
        const float share = 1.0f / sum;
        for (int64_t j = 0; j < total; ++j) row[j] *= share;
    }
    std::fill(out, out + rows * width, 0.0f);
    for (int64_t j = 0; j < prompt; ++j) {
        for (int64_t i = 0; i < width; ++i) wide[i] = widen(prompt_v[j * width + i]);
        for (int64_t r = 0; r < rows; ++r) {
            const float share = scores[r * total + j];
            for (int64_t i = 0; i < width; ++i) out[r * width + i] += share * wide[i];
        }
    }
    for (int64_t s = 0; s < sequences; ++s)
        for (int64_t j = 0; j < filled; ++j) {
            const T *value = own_v + s * own_stride + j * width;
            for (int64_t i = 0; i < width; ++i) wide[i] = widen(value[i]);
            for (int64_t r = s * each; r < (s + 1) * each; ++r) {
                const float share = scores[r * total + prompt + j];
                for (int64_t i = 0; i < width; ++i) out[r * width + i] += share * wide[i];
            }
        }
}

// The same for both element types, compiled for the processor at hand.
#define CTORCH_ATTEND(T)                                                                                              \
    __attribute__((target_clones("avx512f", "avx2", "default"))) void attend_with(                                    \
        const float *q, int64_t sequences, int64_t each, int64_t width, const T *prompt_k, const T *prompt_v,         \
        int64_t prompt, const T *own_k, const T *own_v, int64_t own_stride, int64_t filled, float *scores,            \
        float *wide, float *out) {                                                                                    \
        attend(                                                                                                       \
            q, sequences, each, width, prompt_k, prompt_v, prompt, own_k, own_v, own_stride, filled, scores, wide,    \
            out);                                                                                                     \
    }
CTORCH_ATTEND(float)
CTORCH_ATTEND(at::BFloat16)
#undef CTORCH_ATTEND

template <typename T>
void decode(
    const at::Tensor &q, const at::Tensor &prompt_k, const at::Tensor &prompt_v, const int64_t *prompt_lengths,
    const int64_t *rows_of_prompt, int32_t prompts, const at::Tensor &own_k, const at::Tensor &own_v, int64_t filled,
    at::Tensor &result) {
    const int64_t heads = q.size(1), width = q.size(2), shared = prompt_k.size(1), each = heads / shared;
    const int64_t longest = prompt_k.size(2), room = own_k.size(2);
    const float scale = 1.0f / std::sqrt(float(width));
    std::vector<int64_t> first(prompts + 1, 0);
    for (int32_t b = 0; b < prompts; ++b) first[b + 1] = first[b] + rows_of_prompt[b];
    const T *queries = q.const_data_ptr<T>();
    T *out = result.mutable_data_ptr<T>();
    parallel_for(0, prompts * shared, 1, [&](int64_t begin, int64_t end) {
        std::vector<float> rows, scores, wide(width), sums;
        for (int64_t unit = begin; unit < end; ++unit) {
            const int64_t b = unit / shared, g = unit % shared, n = rows_of_prompt[b], start = first[b];
            if (n == 0) continue;
            rows.resize(n * each * width);
            sums.resize(n * each * width);
            scores.resize(n * each * (prompt_lengths[b] + filled));
            const auto place = [&](int64_t row) {
                return ((start + row / each) * heads + g * each + row % each) * width;
            };
            for (int64_t row = 0; row < n * each; ++row)
                for (int64_t i = 0; i < width; ++i) rows[row * width + i] = scale * widen(queries[place(row) + i]);
            attend_with(
                rows.data(), n, each, width, prompt_k.const_data_ptr<T>() + (b * shared + g) * longest * width,
                prompt_v.const_data_ptr<T>() + (b * shared + g) * longest * width, prompt_lengths[b],
                own_k.const_data_ptr<T>() + (start * shared + g) * room * width,
                own_v.const_data_ptr<T>() + (start * shared + g) * room * width, shared * room * width, filled,
                scores.data(), wide.data(), sums.data());
            for (int64_t row = 0; row < n * each; ++row)
                for (int64_t i = 0; i < width; ++i) out[place(row) + i] = T(sums[row * width + i]);
        }
    });
}

} // namespace

at::Tensor decode_attention(
    const at::Tensor &query, const at::Tensor &prompt_k, const at::Tensor &prompt_v, const int64_t *prompt_lengths,
    const int64_t *rows_of_prompt, int32_t prompts, const at::Tensor &own_k, const at::Tensor &own_v, int64_t filled) {
    const auto q = query.contiguous();
    const int64_t rows = std::accumulate(rows_of_prompt, rows_of_prompt + prompts, int64_t(0));
    TORCH_CHECK(rows == q.size(0), "decoding: the prompts have ", rows, " of ", q.size(0), " sequences");
    TORCH_CHECK(
        prompt_k.is_contiguous() && prompt_v.is_contiguous() && own_k.is_contiguous() && own_v.is_contiguous(),
        "decoding: caches are contiguous");
    TORCH_CHECK(
        own_k.size(0) == rows && filled <= own_k.size(2) && prompt_k.size(0) == prompts, "decoding: caches too small");
    auto result = at::empty_like(q);
    if (q.scalar_type() == at::kBFloat16)
        decode<at::BFloat16>(
            q, prompt_k, prompt_v, prompt_lengths, rows_of_prompt, prompts, own_k, own_v, filled, result);
    else
        decode<float>(q, prompt_k, prompt_v, prompt_lengths, rows_of_prompt, prompts, own_k, own_v, filled, result);
    return result;
}

} // namespace ctorch
