// Attention over shared prompts: training's packed groups, and sampling's caches.
#include <cstring>
#include <limits>

#include "Boundary.h"

namespace ctorch {

namespace {

constexpr float closed = -std::numeric_limits<float>::infinity();

// What a group's completion tokens may see: the whole prompt, and their own completion up to themselves.
// [ΣC, P + ΣC], 0 where open, −∞ where closed.
at::Tensor completion_mask(int64_t prompt, const int64_t *lengths, int64_t count, int64_t total, at::ScalarType dtype) {
    auto mask = at::full({total, prompt + total}, closed, at::kFloat);
    float *cells = mask.mutable_data_ptr<float>();
    int64_t start = 0;
    for (int64_t k = 0; k < count; ++k) {
        for (int64_t row = start; row < start + lengths[k]; ++row) {
            float *cell = cells + row * (prompt + total);
            std::fill(cell, cell + prompt, 0.0f);
            std::fill(cell + prompt + start, cell + prompt + row + 1, 0.0f);
        }
        start += lengths[k];
    }
    return mask.to(dtype);
}

// [n, heads, d] → [1, heads, n, d]
at::Tensor heads_first(const at::Tensor &x) { return x.transpose(0, 1).unsqueeze(0); }
at::Tensor tokens_first(const at::Tensor &x) { return x.squeeze(0).transpose(0, 1); }

} // namespace

at::Tensor shared_prefix_attention(
    const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const ctorch_group *groups, int32_t count,
    const int64_t *completion_lengths) {
    std::vector<at::Tensor> parts;
    parts.reserve(2 * count);
    int64_t offset = 0;
    for (int32_t g = 0; g < count; ++g) {
        const int64_t prompt = groups[g].prompt;
        int64_t total = 0;
        for (int64_t i = 0; i < groups[g].completions; ++i) total += completion_lengths[i];
        const auto keys = heads_first(k.narrow(0, offset, prompt + total));
        const auto values = heads_first(v.narrow(0, offset, prompt + total));
        if (prompt > 0)
            parts.push_back(tokens_first(at::scaled_dot_product_attention(
                heads_first(q.narrow(0, offset, prompt)), keys.narrow(2, 0, prompt), values.narrow(2, 0, prompt), {},
                0.0, true, std::nullopt, true)));
        if (total > 0) {
            const auto mask = completion_mask(prompt, completion_lengths, groups[g].completions, total, q.scalar_type());
            parts.push_back(tokens_first(at::scaled_dot_product_attention(
                heads_first(q.narrow(0, offset + prompt, total)), keys, values, mask, 0.0, false, std::nullopt, true)));
        }
        offset += prompt + total;
        completion_lengths += groups[g].completions;
    }
    TORCH_CHECK(offset == q.size(0), "attention: the groups cover ", offset, " of ", q.size(0), " tokens");
    return at::cat(parts, 0);
}

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

at::Tensor decode_attention(
    const at::Tensor &q, const at::Tensor &prompt_k, const at::Tensor &prompt_v, const int64_t *prompt_lengths,
    const int64_t *rows_of_prompt, int32_t prompts, const at::Tensor &own_k, const at::Tensor &own_v, int64_t filled) {
    const int64_t sequences = q.size(0), heads = q.size(1), width = q.size(2);
    const int64_t shared = prompt_k.size(1), each = heads / shared, longest = prompt_k.size(2);
    const double scale = 1.0 / std::sqrt(double(width));
    const auto query = (q * scale).view({sequences, shared, each, width});
    // Own part: [S, kv, each, filled]
    const auto own = at::matmul(query, own_k.narrow(2, 0, filled).transpose(2, 3));
    // Prompt part: the sequences of one prompt are rows of one product with its keys.
    auto scores = at::empty({sequences, shared, each, longest + filled}, q.options().dtype(at::kFloat));
    scores.narrow(3, longest, filled).copy_(own);
    int64_t row = 0;
    for (int32_t b = 0; b < prompts; ++b) {
        const int64_t n = rows_of_prompt[b], length = prompt_lengths[b];
        if (n == 0) continue;
        const auto rows = query.narrow(0, row, n).transpose(0, 1).reshape({shared, n * each, width});
        const auto part = at::bmm(rows, prompt_k.select(0, b).narrow(1, 0, length).transpose(1, 2));
        auto place = scores.narrow(0, row, n);
        place.narrow(3, 0, length).copy_(part.view({shared, n, each, length}).transpose(0, 1));
        if (length < longest) place.narrow(3, length, longest - length).fill_(closed);
        row += n;
    }
    TORCH_CHECK(row == sequences, "decoding: the prompts have ", row, " of ", sequences, " sequences");
    const auto weights = at::softmax(scores, 3).to(q.scalar_type());
    auto result = at::matmul(weights.narrow(3, longest, filled), own_v.narrow(2, 0, filled));
    row = 0;
    for (int32_t b = 0; b < prompts; ++b) {
        const int64_t n = rows_of_prompt[b], length = prompt_lengths[b];
        if (n == 0) continue;
        const auto part = weights.narrow(0, row, n).narrow(3, 0, length).transpose(0, 1).reshape({shared, n * each, length});
        const auto sum = at::bmm(part, prompt_v.select(0, b).narrow(1, 0, length));
        result.narrow(0, row, n).add_(sum.view({shared, n, each, width}).transpose(0, 1));
        row += n;
    }
    return result.view({sequences, heads, width});
}

} // namespace ctorch
