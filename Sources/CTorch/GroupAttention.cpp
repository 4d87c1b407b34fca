// Attention of packed groups, for training and scoring: whole matrix products for every group.
//
// torch's own kernel multiplies small blocks, in bf16 through fp32 products on some processors, which took a sixth of a
// training step; the products here are oneDNN's. Query heads that share a key head are multiplied with it at once. The
// probabilities are computed again in the backward pass instead of being kept.
#include <cmath>
#include <vector>

#include "Boundary.h"
#include "Parallel.h"
#include "Rows.h"

namespace ctorch {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

namespace {

// Rows that see the same keys but for what comes after them in their own run: a block of a prompt, or all completions
// of a group.
struct Segment {
    int64_t first_row, rows; // of the packed tokens
    int64_t first_key, keys;
    // Of each row, what it sees: keys 0 ..< seen, and own ..< end (empty where they are one run).
    std::vector<int64_t> seen, own, end;
};

// A prompt is cut into blocks, so that little is multiplied that is not seen.
constexpr int64_t block = 128;

std::vector<Segment> segments(const int64_t *layout, int64_t count) {
    std::vector<Segment> result;
    int64_t offset = 0;
    const int64_t *next = layout;
    for (int64_t g = 0; g < count; ++g) {
        const int64_t prompt = next[0], completions = next[1];
        next += 2;
        for (int64_t start = 0; start < prompt; start += block) {
            const int64_t rows = std::min(block, prompt - start);
            Segment segment{offset + start, rows, offset, start + rows, {}, {}, {}};
            for (int64_t row = 0; row < rows; ++row) {
                segment.seen.push_back(start + row + 1);
                segment.own.push_back(start + row + 1);
                segment.end.push_back(start + row + 1);
            }
            result.push_back(std::move(segment));
        }
        Segment segment{offset + prompt, 0, offset, prompt, {}, {}, {}};
        for (int64_t k = 0; k < completions; ++k) {
            for (int64_t row = 0; row < next[k]; ++row) {
                segment.seen.push_back(prompt);
                segment.own.push_back(segment.keys);
                segment.end.push_back(segment.keys + row + 1);
            }
            segment.rows += next[k];
            segment.keys += next[k];
        }
        next += completions;
        offset += segment.keys;
        if (segment.rows > 0) result.push_back(std::move(segment));
    }
    return result;
}

// [n, heads, d] → [shared, each · n, d]: the query heads of a key head below one another.
at::Tensor stacked(const at::Tensor &x, int64_t shared) {
    const int64_t n = x.size(0), each = x.size(1) / shared, d = x.size(2);
    return x.view({n, shared, each, d}).permute({1, 2, 0, 3}).reshape({shared, each * n, d});
}

// The inverse: [shared, each · n, d] → [n, heads, d].
at::Tensor unstacked(const at::Tensor &x, int64_t n) {
    const int64_t shared = x.size(0), each = x.size(1) / n, d = x.size(2);
    return x.view({shared, each, n, d}).permute({2, 0, 1, 3}).reshape({n, shared * each, d});
}

// Calls body<T>(row in the segment, pointer offset) for every row of [shared, each · n, keys].
template <typename Body> void rows_of(const Segment &segment, const at::Tensor &x, Body &&body) {
    parallel_for(0, x.size(0) * x.size(1), 16, [&](int64_t begin, int64_t end) {
        std::vector<float> buffer(2 * segment.keys);
        for (int64_t r = begin; r < end; ++r) body(r % segment.rows, r * segment.keys, buffer.data());
    });
}

// Softmax of scale · x over what each row sees, in place; 0 elsewhere.
template <typename T> void softmax(const Segment &segment, at::Tensor &x, float factor) {
    T *data = x.mutable_data_ptr<T>();
    rows_of(segment, x, [&](int64_t row, int64_t place, float *scores) {
        const int64_t seen = segment.seen[row], own = segment.own[row], end = segment.end[row];
        widen(data + place, scores, segment.keys);
        float top = seen > 0 ? largest(scores, seen) : scores[own];
        if (end > own) top = std::max(top, largest(scores + own, end - own));
        const float shift = top * factor;
        const float sum =
            exponentiate(scores, seen, factor, shift) + exponentiate(scores + own, end - own, factor, shift);
        scale(scores, seen, 1 / sum);
        scale(scores + own, end - own, 1 / sum);
        std::fill(scores + seen, scores + own, 0.0f);
        std::fill(scores + end, scores + segment.keys, 0.0f);
        narrow(scores, data + place, segment.keys);
    });
}

// slopes = p · (slopes − Σ p · slopes) · factor, row by row: the softmax's derivative.
template <typename T> void softmax_slopes(const Segment &segment, const at::Tensor &p, at::Tensor &slopes, float factor) {
    const T *probabilities = p.const_data_ptr<T>();
    T *data = slopes.mutable_data_ptr<T>();
    rows_of(segment, slopes, [&](int64_t, int64_t place, float *share) {
        float *slope = share + segment.keys;
        widen(probabilities + place, share, segment.keys);
        widen(data + place, slope, segment.keys);
        const float mean = dot(share, slope, segment.keys);
        for (int64_t j = 0; j < segment.keys; ++j) slope[j] = share[j] * (slope[j] - mean) * factor;
        narrow(slope, data + place, segment.keys);
    });
}

// One segment's operands, a matrix for each key head.
struct Operands {
    at::Tensor q, k, v;

    Operands(const Segment &segment, const at::Tensor &queries, const at::Tensor &keys, const at::Tensor &values)
        : q(stacked(queries.narrow(0, segment.first_row, segment.rows), keys.size(1))),
          k(keys.narrow(0, segment.first_key, segment.keys).transpose(0, 1).contiguous()),
          v(values.narrow(0, segment.first_key, segment.keys).transpose(0, 1).contiguous()) {}

    at::Tensor probabilities(const Segment &segment) const {
        auto scores = at::bmm(q, k.transpose(1, 2)).contiguous();
        const float factor = 1.0f / std::sqrt(float(q.size(2)));
        if (scores.scalar_type() == at::kBFloat16) {
            softmax<at::BFloat16>(segment, scores, factor);
        } else {
            softmax<float>(segment, scores, factor);
        }
        return scores;
    }
};

struct GroupAttention : Function<GroupAttention> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
        std::vector<int64_t> layout, int64_t count) {
        auto out = at::empty_like(q);
        for (const auto &segment : segments(layout.data(), count)) {
            const Operands operands(segment, q, k, v);
            const auto mixed = at::bmm(operands.probabilities(segment), operands.v);
            out.narrow(0, segment.first_row, segment.rows).copy_(unstacked(mixed, segment.rows));
        }
        context->save_for_backward({q, k, v});
        context->saved_data["layout"] = layout;
        context->saved_data["count"] = count;
        return out;
    }

    // With S = q·kᵀ·c, P = softmax S, o = P·v: dv = Pᵀ·do; dS = P∘(do·vᵀ − Σ P∘do·vᵀ); dq = c·dS·k; dk = c·dSᵀ·q.
    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto q = saved[0], k = saved[1], v = saved[2];
        const auto upstream = gradients[0].to(q.scalar_type()).contiguous();
        const auto layout = context->saved_data["layout"].toIntVector();
        const bool narrow_type = q.scalar_type() == at::kBFloat16;
        const float factor = 1.0f / std::sqrt(float(q.size(2)));
        auto dq = at::empty_like(q);
        // A prompt's keys are seen by several segments, whose parts add up.
        auto dk = at::zeros(k.sizes(), at::kFloat), dv = at::zeros(v.sizes(), at::kFloat);
        for (const auto &segment : segments(layout.data(), context->saved_data["count"].toInt())) {
            const Operands operands(segment, q, k, v);
            const auto p = operands.probabilities(segment);
            const auto slope = stacked(upstream.narrow(0, segment.first_row, segment.rows), k.size(1));
            auto ds = at::bmm(slope, operands.v.transpose(1, 2)).contiguous();
            if (narrow_type) {
                softmax_slopes<at::BFloat16>(segment, p, ds, factor);
            } else {
                softmax_slopes<float>(segment, p, ds, factor);
            }
            dq.narrow(0, segment.first_row, segment.rows).copy_(unstacked(at::bmm(ds, operands.k), segment.rows));
            dk.narrow(0, segment.first_key, segment.keys)
                .add_(at::bmm(ds.transpose(1, 2), operands.q).transpose(0, 1));
            dv.narrow(0, segment.first_key, segment.keys).add_(at::bmm(p.transpose(1, 2), slope).transpose(0, 1));
        }
        return {dq, dk.to(k.scalar_type()), dv.to(v.scalar_type()), at::Tensor(), at::Tensor()};
    }
};

} // namespace

at::Tensor shared_prefix_attention(
    const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const ctorch_group *groups, int32_t count,
    const int64_t *completion_lengths) {
    std::vector<int64_t> layout;
    int64_t total = 0;
    for (int32_t g = 0; g < count; ++g) {
        layout.insert(layout.end(), {groups[g].prompt, groups[g].completions});
        total += groups[g].prompt;
        for (int64_t i = 0; i < groups[g].completions; ++i) {
            layout.push_back(*completion_lengths);
            total += *completion_lengths++;
        }
    }
    TORCH_CHECK(total == q.size(0), "attention: the groups cover ", total, " of ", q.size(0), " tokens");
    return GroupAttention::apply(q.contiguous(), k.contiguous(), v.contiguous(), layout, count);
}

} // namespace ctorch
