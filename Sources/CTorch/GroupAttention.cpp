// Attention of packed groups, for training and scoring, a key head of a group at a time on one thread.
//
// Scores are computed transposed, [keys, rows]: what belongs to a row then lies along vectors, and every product of
// both passes takes its operands as they come. Their tiles have one size whatever a group's lengths, so that the
// kernels are few; tiles that no row sees are left out. Probabilities are computed again in the backward pass.
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "Boundary.h"
#include "FastExp.h"
#include "Parallel.h"
#include "Rows.h"
#include "Tiles.h"

namespace ctorch {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

namespace {

constexpr int64_t tile_rows = 32, tile_keys = 64;
constexpr int64_t scores_in_tile = tile_rows * tile_keys;

// The tokens of one prompt and its completions. Token t, of the group, sees tokens 0 ..< seen[t] and own[t] ... t.
struct Group {
    int64_t first, count;
    std::vector<int32_t> seen, own;

    int64_t key_tiles() const { return (count + tile_keys - 1) / tile_keys; }
};

std::vector<Group> groups_of(const int64_t *layout, int64_t count) {
    std::vector<Group> result;
    int64_t offset = 0;
    for (int64_t g = 0; g < count; ++g) {
        const int64_t prompt = layout[0], completions = layout[1];
        Group group{offset, prompt, {}, {}};
        for (int64_t t = 0; t < prompt; ++t) {
            group.seen.push_back(int32_t(t + 1));
            group.own.push_back(int32_t(t));
        }
        for (int64_t k = 0; k < completions; ++k) {
            const int64_t length = layout[2 + k];
            group.seen.insert(group.seen.end(), length, int32_t(prompt));
            group.own.insert(group.own.end(), length, int32_t(group.count));
            group.count += length;
        }
        layout += 2 + completions;
        offset += group.count;
        result.push_back(std::move(group));
    }
    return result;
}

// Consecutive tokens of a group as rows of a tile, what they see, and the key tiles where that lies.
struct RowTile {
    int64_t first, rows;
    int32_t seen[tile_rows] = {}, own[tile_rows] = {}, end[tile_rows] = {};
    std::vector<int64_t> keys;

    RowTile(const Group &group, int64_t first) : first(first), rows(std::min(tile_rows, group.count - first)) {
        int64_t seen_by_one = 0, first_own = group.count;
        for (int64_t r = 0; r < rows; ++r) {
            seen[r] = group.seen[first + r];
            own[r] = group.own[first + r];
            end[r] = int32_t(first + r + 1);
            seen_by_one = std::max<int64_t>(seen_by_one, seen[r]);
            first_own = std::min<int64_t>(first_own, own[r]);
        }
        for (int64_t tile = 0; tile * tile_keys < first + rows; ++tile)
            if (tile * tile_keys < seen_by_one || (tile + 1) * tile_keys > first_own) keys.push_back(tile);
    }
};

__attribute__((always_inline)) inline bool sees(const RowTile &tile, int64_t row, int32_t key) {
    return (key < tile.seen[row]) | ((key >= tile.own[row]) & (key < tile.end[row]));
}

// Scores of keys first_key ..< first_key + tile_keys: −∞ where a row does not see; `top` becomes no less than any.
CTORCH_CLONES void mask(const RowTile &tile, int64_t first_key, float *scores, float *top) {
    for (int64_t j = 0; j < tile_keys; ++j)
        for (int64_t r = 0; r < tile_rows; ++r) {
            const float score = sees(tile, r, int32_t(first_key + j)) ? scores[j * tile_rows + r]
                                                                      : -std::numeric_limits<float>::infinity();
            scores[j * tile_rows + r] = score;
            top[r] = score > top[r] ? score : top[r];
        }
}

// scores = exp(factor · (scores − top)), 0 for −∞; they are added to `sums`.
CTORCH_CLONES void exponentiate(float *scores, const float *top, float factor, float *sums) {
    for (int64_t j = 0; j < tile_keys; ++j)
        for (int64_t r = 0; r < tile_rows; ++r) {
            const float score = scores[j * tile_rows + r];
            const float share = fast_exp((score - top[r]) * factor);
            scores[j * tile_rows + r] = score == -std::numeric_limits<float>::infinity() ? 0.0f : share;
            sums[r] += scores[j * tile_rows + r];
        }
}

// P = exp(factor · S − normalizer) in place of S, and factor · P∘(slope − mean) in place of the slopes.
CTORCH_CLONES void softmax_slopes(
    const RowTile &tile, int64_t first_key, const float *normalizer, const float *mean, float factor, float *scores,
    float *slopes) {
    for (int64_t j = 0; j < tile_keys; ++j)
        for (int64_t r = 0; r < tile_rows; ++r) {
            const float share = fast_exp(scores[j * tile_rows + r] * factor - normalizer[r]);
            const float p = sees(tile, r, int32_t(first_key + j)) ? share : 0.0f;
            scores[j * tile_rows + r] = p;
            slopes[j * tile_rows + r] = p * (slopes[j * tile_rows + r] - mean[r]) * factor;
        }
}

// Rows of one head of [N, heads, width].
template <typename T> struct Head {
    T *data;
    int64_t stride, width;

    Head(const at::Tensor &x, int64_t first_row, int64_t head)
        : data(static_cast<T *>(x.data_ptr()) + (first_row * x.size(1) + head) * x.size(2)),
          stride(x.size(1) * x.size(2)), width(x.size(2)) {}

    T *row(int64_t r) const { return data + r * stride; }
};

// Rows first ..< first + rows of a head, as the operands of tile products; what is missing of `size` rows is 0.

// [size, width], row-major.
template <typename T> void lay_rows(const Head<T> &x, int64_t first, int64_t rows, int64_t size, T *to) {
    for (int64_t r = 0; r < rows; ++r) std::memcpy(to + r * x.width, x.row(first + r), size_t(x.width) * sizeof(T));
    std::fill(to + rows * x.width, to + size * x.width, T(0.0f));
}

// [width, size], row-major.
template <typename T> void lay_columns(const Head<T> &x, int64_t first, int64_t rows, int64_t size, T *to) {
    if (rows < size) std::fill(to, to + x.width * size, T(0.0f));
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t i = 0; i < x.width; ++i) to[i * size + r] = x.row(first + r)[i];
}

// A right operand [size, width].
template <typename T> void lay_right(const Head<T> &x, int64_t first, int64_t rows, int64_t size, T *to) {
    if (rows < size) std::fill(to, to + x.width * size, T(0.0f));
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t i = 0; i < x.width; ++i) to[tile_place<T>(r, i, x.width)] = x.row(first + r)[i];
}

// A right operand [width, size].
template <typename T> void lay_right_columns(const Head<T> &x, int64_t first, int64_t rows, int64_t size, T *to) {
    if (rows < size) std::fill(to, to + x.width * size, T(0.0f));
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t i = 0; i < x.width; ++i) to[tile_place<T>(i, r, size)] = x.row(first + r)[i];
}

// Scores [tile_keys, tile_rows] as a right operand.
void lay_scores(const float *scores, const float *, float *to) {
    std::memcpy(to, scores, scores_in_tile * sizeof(float));
}
void lay_scores(const float *, const at::BFloat16 *narrowed, at::BFloat16 *to) {
    for (int64_t j = 0; j < tile_keys; j += 2)
        for (int64_t r = 0; r < tile_rows; ++r) {
            to[j * tile_rows + 2 * r] = narrowed[j * tile_rows + r];
            to[j * tile_rows + 2 * r + 1] = narrowed[(j + 1) * tile_rows + r];
        }
}

// Calls body(scope, group, key head) for each, on all threads. Whatever a call computes is its own and on one thread, so a
// group's result does not depend on the groups beside it.
template <typename Body> void for_key_heads(const std::vector<Group> &groups, int64_t key_heads, Body &&body) {
    const int64_t units = int64_t(groups.size()) * key_heads;
    std::atomic<int64_t> next{0};
    parallel_for(0, std::min<int64_t>(units, at::get_num_threads()), 1, [&](int64_t, int64_t) {
        const TileScope scope;
        for (int64_t unit = next++; unit < units; unit = next++)
            body(scope, groups[unit / key_heads], unit % key_heads);
    });
}

// out [N, heads, d] and, for each of its rows and heads, the logarithm of the softmax's denominator.
template <typename T>
void forward_tiles(
    const std::vector<Group> &groups, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
    const at::Tensor &out, const at::Tensor &normalizers) {
    const int64_t heads = q.size(1), key_heads = k.size(1), each = heads / key_heads, width = q.size(2);
    const float factor = 1.0f / std::sqrt(float(width));
    float *logs = normalizers.mutable_data_ptr<float>();
    const TileShape to_scores{tile_keys, tile_rows, width}, by_keys{width, tile_rows, tile_keys};
    const TileProduct<T> product{to_scores, by_keys};
    for_key_heads(groups, key_heads, [&](const TileScope &tiling, const Group &group, int64_t key_head) {
        const int64_t tiles = group.key_tiles(), size = tile_keys * width;
        const Head<T> keys(k, group.first, key_head), values(v, group.first, key_head);
        std::vector<T> key_rows(tiles * size), value_columns(tiles * size), query(tile_rows * width);
        std::vector<T> narrowed(scores_in_tile), right(scores_in_tile);
        std::vector<float> scores(tiles * scores_in_tile), mixed(width * tile_rows);
        for (int64_t t = 0; t < tiles; ++t) {
            const int64_t rows = std::min(tile_keys, group.count - t * tile_keys);
            lay_rows(keys, t * tile_keys, rows, tile_keys, key_rows.data() + t * size);
            lay_columns(values, t * tile_keys, rows, tile_keys, value_columns.data() + t * size);
        }
        for (int64_t first = 0; first < group.count; first += tile_rows) {
            const RowTile tile(group, first);
            for (int64_t head = key_head * each; head < (key_head + 1) * each; ++head) {
                lay_right_columns(Head<T>(q, group.first, head), first, tile.rows, tile_rows, query.data());
                float top[tile_rows], sums[tile_rows] = {};
                std::fill(top, top + tile_rows, std::numeric_limits<float>::lowest());
                for (const int64_t t : tile.keys) {
                    float *own = scores.data() + t * scores_in_tile;
                    product(tiling, to_scores, key_rows.data() + t * size, query.data(), own, false);
                    mask(tile, t * tile_keys, own, top);
                }
                for (const int64_t t : tile.keys) {
                    float *own = scores.data() + t * scores_in_tile;
                    exponentiate(own, top, factor, sums);
                    narrow(own, narrowed.data(), scores_in_tile);
                    lay_scores(own, narrowed.data(), right.data());
                    product(
                        tiling, by_keys, value_columns.data() + t * size, right.data(), mixed.data(),
                        t != tile.keys.front());
                }
                const Head<T> to(out, group.first + first, head);
                for (int64_t r = 0; r < tile.rows; ++r) {
                    for (int64_t i = 0; i < width; ++i) to.row(r)[i] = T(mixed[i * tile_rows + r] / sums[r]);
                    logs[(group.first + first + r) * heads + head] = top[r] * factor + std::log(sums[r]);
                }
            }
        }
    });
}

// With S = q·kᵀ·c, P = softmax S, o = P·v: dv = Pᵀ·do; dS = P∘(do·vᵀ − Σ do∘o); dq = c·dS·k; dk = c·dSᵀ·q.
template <typename T>
void backward_tiles(
    const std::vector<Group> &groups, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
    const at::Tensor &out, const at::Tensor &normalizers, const at::Tensor &slope, const at::Tensor &dq,
    const at::Tensor &dk, const at::Tensor &dv) {
    const int64_t heads = q.size(1), key_heads = k.size(1), each = heads / key_heads, width = q.size(2);
    const float factor = 1.0f / std::sqrt(float(width));
    const float *logs = normalizers.const_data_ptr<float>();
    const TileShape to_scores{tile_keys, tile_rows, width}, by_keys{width, tile_rows, tile_keys};
    const TileShape by_rows{tile_keys, width, tile_rows};
    const TileProduct<T> product{to_scores, by_keys, by_rows};
    for_key_heads(groups, key_heads, [&](const TileScope &tiling, const Group &group, int64_t key_head) {
        const int64_t tiles = group.key_tiles(), size = tile_keys * width, row_size = tile_rows * width;
        const Head<T> keys(k, group.first, key_head), values(v, group.first, key_head);
        std::vector<T> key_rows(tiles * size), key_columns(tiles * size), value_rows(tiles * size);
        std::vector<float> key_slopes(tiles * size), value_slopes(tiles * size), query_slopes(row_size);
        std::vector<T> query(row_size), query_columns(row_size), up(row_size), up_columns(row_size);
        std::vector<float> scores(scores_in_tile), score_slopes(scores_in_tile);
        std::vector<T> shares(scores_in_tile), narrowed(scores_in_tile), right(scores_in_tile);
        for (int64_t t = 0; t < tiles; ++t) {
            const int64_t rows = std::min(tile_keys, group.count - t * tile_keys);
            lay_rows(keys, t * tile_keys, rows, tile_keys, key_rows.data() + t * size);
            lay_columns(keys, t * tile_keys, rows, tile_keys, key_columns.data() + t * size);
            lay_rows(values, t * tile_keys, rows, tile_keys, value_rows.data() + t * size);
        }
        for (int64_t first = 0; first < group.count; first += tile_rows) {
            const RowTile tile(group, first);
            for (int64_t head = key_head * each; head < (key_head + 1) * each; ++head) {
                const Head<T> queries(q, group.first, head), ups(slope, group.first, head);
                const Head<T> mixed(out, group.first, head);
                lay_right(queries, first, tile.rows, tile_rows, query.data());
                lay_right_columns(queries, first, tile.rows, tile_rows, query_columns.data());
                lay_right(ups, first, tile.rows, tile_rows, up.data());
                lay_right_columns(ups, first, tile.rows, tile_rows, up_columns.data());
                float normalizer[tile_rows] = {}, mean[tile_rows] = {};
                for (int64_t r = 0; r < tile.rows; ++r) {
                    normalizer[r] = logs[(group.first + first + r) * heads + head];
                    for (int64_t i = 0; i < width; ++i)
                        mean[r] += float(ups.row(first + r)[i]) * float(mixed.row(first + r)[i]);
                }
                for (const int64_t t : tile.keys) {
                    product(tiling, to_scores, key_rows.data() + t * size, query_columns.data(), scores.data(), false);
                    product(tiling, to_scores, value_rows.data() + t * size, up_columns.data(), score_slopes.data(), false);
                    softmax_slopes(
                        tile, t * tile_keys, normalizer, mean, factor, scores.data(), score_slopes.data());
                    narrow(scores.data(), shares.data(), scores_in_tile);
                    narrow(score_slopes.data(), narrowed.data(), scores_in_tile);
                    lay_scores(score_slopes.data(), narrowed.data(), right.data());
                    product(tiling, by_rows, shares.data(), up.data(), value_slopes.data() + t * size, true);
                    product(tiling, by_rows, narrowed.data(), query.data(), key_slopes.data() + t * size, true);
                    product(
                        tiling, by_keys, key_columns.data() + t * size, right.data(),
                        query_slopes.data(), t != tile.keys.front());
                }
                const Head<T> to(dq, group.first + first, head);
                for (int64_t r = 0; r < tile.rows; ++r)
                    for (int64_t i = 0; i < width; ++i) to.row(r)[i] = T(query_slopes[i * tile_rows + r]);
            }
        }
        const Head<T> to_keys(dk, group.first, key_head), to_values(dv, group.first, key_head);
        for (int64_t r = 0; r < group.count; ++r) {
            narrow(key_slopes.data() + r * width, to_keys.row(r), width);
            narrow(value_slopes.data() + r * width, to_values.row(r), width);
        }
    });
}

struct GroupAttention : Function<GroupAttention> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
        std::vector<int64_t> layout, int64_t count) {
        auto out = at::empty_like(q);
        auto normalizers = at::empty({q.size(0), q.size(1)}, at::kFloat);
        const auto groups = groups_of(layout.data(), count);
        if (q.scalar_type() == at::kBFloat16) {
            forward_tiles<at::BFloat16>(groups, q, k, v, out, normalizers);
        } else {
            forward_tiles<float>(groups, q, k, v, out, normalizers);
        }
        context->save_for_backward({q, k, v, out, normalizers});
        context->saved_data["layout"] = layout;
        context->saved_data["count"] = count;
        return out;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto q = saved[0], k = saved[1], v = saved[2];
        const auto slope = gradients[0].to(q.scalar_type()).contiguous();
        const auto layout = context->saved_data["layout"].toIntVector();
        const auto groups = groups_of(layout.data(), context->saved_data["count"].toInt());
        auto dq = at::empty_like(q), dk = at::empty_like(k), dv = at::empty_like(v);
        if (q.scalar_type() == at::kBFloat16) {
            backward_tiles<at::BFloat16>(groups, q, k, v, saved[3], saved[4], slope, dq, dk, dv);
        } else {
            backward_tiles<float>(groups, q, k, v, saved[3], saved[4], slope, dq, dk, dv);
        }
        return {dq, dk, dv, at::Tensor(), at::Tensor()};
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
    TORCH_CHECK(
        q.scalar_type() == k.scalar_type() && k.scalar_type() == v.scalar_type() &&
            (q.scalar_type() == at::kFloat || q.scalar_type() == at::kBFloat16) && q.size(2) % 2 == 0,
        "attention: queries, keys and values are of one type, float32 or bfloat16, and of even width");
    return GroupAttention::apply(q.contiguous(), k.contiguous(), v.contiguous(), layout, count);
}

} // namespace ctorch
