// AdamW (Loshchilov & Hutter, 1711.05101) in one pass over memory, and the norm for clipping.

#include <cmath>
#include <vector>

#include "Boundary.h"
#include "Parallel.h"
#include "Rows.h"

namespace ctorch {

namespace {
// Fixed pieces: the same sums for any number of threads.
constexpr int64_t piece = 1 << 16;

struct Rates {
    float b1, b2, scale, decay, rate, root, epsilon;
};

CTORCH_CLONES void update(
    const float *__restrict g, float *__restrict first, float *__restrict second, float *__restrict w, int64_t n,
    Rates by) {
    for (int64_t i = 0; i < n; ++i) {
        const float slope = g[i] * by.scale;
        first[i] = by.b1 * first[i] + (1 - by.b1) * slope;
        second[i] = by.b2 * second[i] + (1 - by.b2) * slope * slope;
        w[i] = w[i] * by.decay - by.rate * first[i] / (std::sqrt(second[i]) * by.root + by.epsilon);
    }
}

} // namespace

double gradient_norm(const ctorch_tensor *parameters, int32_t count) {
    double total = 0;
    for (int32_t p = 0; p < count; ++p) {
        const auto &gradient = parameters[p]->tensor.grad();
        if (!gradient.defined()) continue;
        const auto g = gradient.to(at::kFloat).contiguous();
        const float *x = g.const_data_ptr<float>();
        const int64_t n = g.numel(), pieces = (n + piece - 1) / piece;
        std::vector<double> sums(pieces, 0.0);
        parallel_for(0, pieces, 1, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i) {
#pragma clang fp reassociate(on)
                double sum = 0;
                for (int64_t j = i * piece; j < std::min(n, (i + 1) * piece); ++j) sum += double(x[j]) * double(x[j]);
                sums[i] = sum;
            }
        });
        for (const double sum : sums) total += sum;
    }
    return std::sqrt(total);
}

void adamw_step(const at::Tensor &parameter, const at::Tensor &m, const at::Tensor &v, const ctorch_adamw &how) {
    const auto &gradient = parameter.grad();
    if (!gradient.defined()) return;
    TORCH_CHECK(
        parameter.scalar_type() == at::kFloat && parameter.is_contiguous() && m.is_contiguous() && v.is_contiguous(),
        "AdamW updates contiguous fp32 master weights");
    const auto contiguous = gradient.contiguous();
    const float *g = contiguous.const_data_ptr<float>();
    float *w = static_cast<float *>(parameter.data_ptr());
    float *first = m.mutable_data_ptr<float>();
    float *second = v.mutable_data_ptr<float>();
    const float b1 = float(how.beta1), b2 = float(how.beta2), scale = float(how.gradient_scale);
    const float decay = float(1.0 - how.learning_rate * how.weight_decay);
    const double correction1 = 1.0 - std::pow(how.beta1, double(how.step));
    const double correction2 = 1.0 - std::pow(how.beta2, double(how.step));
    const float rate = float(how.learning_rate / correction1);
    const float root = float(1.0 / std::sqrt(correction2)), epsilon = float(how.epsilon);
    parallel_for(0, parameter.numel(), piece, [&](int64_t begin, int64_t end) {
        update(
            g + begin, first + begin, second + begin, w + begin, end - begin,
            {b1, b2, scale, decay, rate, root, epsilon});
    });
}

} // namespace ctorch
