// Drawing tokens: one pass over a row of logits for the maximum, one for the sums, and one uniform number.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#include "Boundary.h"
#include "FastExp.h"
#include "Parallel.h"
#include "Rows.h"

namespace ctorch {

namespace {

constexpr int64_t block = 512;

struct Drawn {
    int64_t id;
    double raw, sampled;
};

Drawn draw_from_all(const float *x, int64_t n, float top, double temperature, double uniform) {
    const float slope = float(1.0 / temperature);
    std::vector<double> sums;
    sums.reserve(n / block + 1);
    double total = 0;
    for (int64_t start = 0; start < n; start += block) {
        sums.push_back(exp_sum(x + start, std::min(block, n - start), top, slope));
        total += sums.back();
    }
    double left = uniform * total;
    size_t which = 0;
    while (which + 1 < sums.size() && left >= sums[which]) left -= sums[which++];
    const int64_t begin = int64_t(which) * block, end = std::min(n, begin + block);
    int64_t id = -1, last = begin;
    for (int64_t i = begin; i < end; ++i) {
        const double p = fast_exp((x[i] - top) * slope);
        if (p > 0) last = i;
        left -= p;
        if (left < 0) {
            id = i;
            break;
        }
    }
    if (id < 0) id = last; // rounding left a sliver at the end of the block
    const double raw = double(x[id] - top) - (temperature == 1.0 ? std::log(total) : log_sum(x, n, top));
    const double sampled = temperature == 1.0 ? raw : double(x[id] - top) / temperature - std::log(total);
    return {id, raw, sampled};
}

// Top-k, then the smallest set that reaches top-p of what is left, most probable first, ties by id.
Drawn draw_from_top(
    const float *x, int64_t n, float top, const ctorch_sampling &how, double uniform) {
    const float slope = float(1.0 / how.temperature);
    const auto before = [x](int64_t a, int64_t b) { return x[a] != x[b] ? x[a] > x[b] : a < b; };
    double mass = 0; // of everything that top-k keeps
    const int64_t kept = how.top_k > 0 ? std::min(how.top_k, n) : n;
    std::vector<int64_t> order(n);
    std::iota(order.begin(), order.end(), int64_t(0));
    int64_t sorted = 0;
    const auto sort_to = [&](int64_t count) {
        std::nth_element(order.begin() + sorted, order.begin() + count - 1, order.end(), before);
        std::sort(order.begin() + sorted, order.begin() + count, before);
        sorted = count;
    };
    if (kept < n) {
        sort_to(kept);
        for (int64_t i = 0; i < kept; ++i) mass += fast_exp((x[order[i]] - top) * slope);
    } else {
        for (int64_t start = 0; start < n; start += block)
            mass += exp_sum(x + start, std::min(block, n - start), top, slope);
    }
    const double enough = std::min(how.top_p, 1.0) * mass;
    std::vector<double> weights;
    double sum = 0;
    while (int64_t(weights.size()) < kept && (sum < enough || weights.empty())) {
        const int64_t i = int64_t(weights.size());
        if (i == sorted) sort_to(std::min(kept, std::max<int64_t>(64, 8 * sorted)));
        weights.push_back(fast_exp((x[order[i]] - top) * slope));
        sum += weights.back();
    }
    double left = uniform * sum;
    size_t which = 0;
    while (which + 1 < weights.size() && left >= weights[which]) left -= weights[which++];
    const int64_t id = order[which];
    return {id, double(x[id] - top) - log_sum(x, n, top), std::log(weights[which] / sum)};
}

Drawn draw(const float *x, int64_t n, float top, const ctorch_sampling &how, double uniform) {
    if (how.temperature <= 0) {
        const int64_t id = std::find(x, x + n, top) - x;
        return {id, -log_sum(x, n, top), 0.0};
    }
    if (how.top_p >= 1.0 && (how.top_k <= 0 || how.top_k >= n)) return draw_from_all(x, n, top, how.temperature, uniform);
    return draw_from_top(x, n, top, how, uniform);
}

} // namespace

void sample(
    const at::Tensor &logits, const double *uniforms, ctorch_sampling how, const int64_t *drawable,
    int64_t drawable_count, int64_t *ids, double *raw, double *sampled) {
    const auto x = logits.contiguous();
    const int64_t rows = x.size(0), n = x.size(1);
    const bool wide = x.scalar_type() == at::kFloat;
    TORCH_CHECK(wide || x.scalar_type() == at::kBFloat16, "logits are float32 or bfloat16");
    const int64_t kept = drawable ? drawable_count : n;
    TORCH_CHECK(kept > 0, "there is nothing to draw from");
    for (int64_t i = 0; drawable && i < kept; ++i)
        TORCH_CHECK(drawable[i] < n && drawable[i] >= (i ? drawable[i - 1] + 1 : 0), "ids to draw from ascend");
    // What a vocabulary is padded with comes last, as a rule: then the beginning of a row is all that is drawn from.
    const bool gathers = drawable && drawable[kept - 1] != kept - 1;
    std::atomic<bool> finite{true}; // an exception must not leave a thread
    parallel_for(0, rows, 1, [&](int64_t begin, int64_t end) {
        std::vector<float> copy(wide ? 0 : n), gathered(gathers ? kept : 0);
        for (int64_t r = begin; r < end; ++r) {
            const float *row;
            if (wide) {
                row = x.const_data_ptr<float>() + r * n;
            } else {
                widen(x.const_data_ptr<at::BFloat16>() + r * n, copy.data(), n);
                row = copy.data();
            }
            const float top = largest(row, n);
            const float *from = gathers ? gathered.data() : row;
            for (int64_t i = 0; gathers && i < kept; ++i) gathered[i] = row[drawable[i]];
            const float top_drawable = kept == n ? top : largest(from, kept);
            if (!std::isfinite(top) || !std::isfinite(top_drawable)) {
                finite = false;
                continue;
            }
            const auto drawn = draw(from, kept, top_drawable, how, uniforms[r]);
            ids[r] = gathers ? drawable[drawn.id] : drawn.id;
            // Training divides by all of the row, whatever is drawn from.
            raw[r] = kept == n ? drawn.raw : double(from[drawn.id] - top) - log_sum(row, n, top);
            sampled[r] = drawn.sampled;
        }
    });
    TORCH_CHECK(finite, "a row of logits is not finite");
}

} // namespace ctorch
