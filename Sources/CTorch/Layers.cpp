// The layers of the transformer, forward and backward. Elementwise work that torch would spread over many
// kernels and temporaries is one loop here; matrix products are torch's.
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "Boundary.h"
#include "Parallel.h"
#include "Rows.h"
#include "Tiles.h"

namespace ctorch {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

namespace {

// Calls body<T>(…) with T the element type of a floating tensor.
template <typename Body> void with_type(const at::Tensor &x, Body &&body) {
    if (x.scalar_type() == at::kBFloat16) {
        body(at::BFloat16{});
    } else if (x.scalar_type() == at::kFloat) {
        body(float{});
    } else {
        throw std::invalid_argument("expected a float32 or bfloat16 tensor");
    }
}

// torch's matrix products.
at::Tensor matrix_product(const at::Tensor &a, const at::Tensor &b) {
    outside_tiles();
    return at::mm(a, b);
}
at::Tensor projection(const at::Tensor &x, const at::Tensor &weight) {
    outside_tiles();
    return at::linear(x, weight);
}

// Rows are cut into fixed pieces, so sums come out the same for any number of threads.
constexpr int64_t rows_per_piece = 32;

struct RMSNorm : Function<RMSNorm> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &input, const at::Tensor &weight, double epsilon) {
        const auto x = input.contiguous();
        const auto w = weight.to(at::kFloat).contiguous();
        const int64_t rows = x.size(0), width = x.size(1);
        auto y = at::empty_like(x);
        auto scale = at::empty({rows}, at::kFloat);
        with_type(x, [&](auto zero) {
            using T = decltype(zero);
            const T *in = x.const_data_ptr<T>();
            const float *gain = w.const_data_ptr<float>();
            T *out = y.mutable_data_ptr<T>();
            float *scales = scale.mutable_data_ptr<float>();
            parallel_for(0, rows, rows_per_piece, [&](int64_t begin, int64_t end) {
                std::vector<float> row(2 * width);
                float *a = row.data(), *b = a + width;
                for (int64_t r = begin; r < end; ++r) {
                    widen(in + r * width, a, width);
                    const float s = 1.0f / std::sqrt(dot(a, a, width) / float(width) + float(epsilon));
                    scales[r] = s;
                    scaled_product(a, gain, s, b, width);
                    narrow(b, out + r * width, width);
                }
            });
        });
        context->save_for_backward({x, weight, scale});
        return y;
    }

    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto x = saved[0], weight = saved[1], scale = saved[2];
        const auto dy = gradients[0].to(x.scalar_type()).contiguous();
        const auto w = weight.to(at::kFloat).contiguous();
        const int64_t rows = x.size(0), width = x.size(1);
        const int64_t pieces = (rows + rows_per_piece - 1) / rows_per_piece;
        const bool wants_weight = context->needs_input_grad(1);
        auto dx = at::empty_like(x);
        auto partial = wants_weight ? at::zeros({pieces, width}, at::kFloat) : at::Tensor();
        with_type(x, [&](auto zero) {
            using T = decltype(zero);
            const T *in = x.const_data_ptr<T>();
            const T *up = dy.const_data_ptr<T>();
            const float *gain = w.const_data_ptr<float>();
            const float *scales = scale.const_data_ptr<float>();
            T *out = dx.mutable_data_ptr<T>();
            float *sums = wants_weight ? partial.mutable_data_ptr<float>() : nullptr;
            parallel_for(0, pieces, 1, [&](int64_t first, int64_t last) {
                std::vector<float> row(3 * width);
                float *a = row.data(), *d = a + width, *b = d + width;
                for (int64_t piece = first; piece < last; ++piece) {
                    for (int64_t r = piece * rows_per_piece; r < std::min(rows, (piece + 1) * rows_per_piece); ++r) {
                        widen(in + r * width, a, width);
                        widen(up + r * width, d, width);
                        norm_slopes(a, gain, d, scales[r], b, sums ? sums + piece * width : nullptr, width);
                        narrow(b, out + r * width, width);
                    }
                }
            });
        });
        auto dw = wants_weight ? partial.sum(0).to(weight.scalar_type()) : at::Tensor();
        return {dx, dw, at::Tensor()};
    }
};

// Rotates the pairs (x[i], x[i + d/2]) of each head by the row's angles, `direction` = ±1.
at::Tensor rotate(const at::Tensor &input, const at::Tensor &cosine, const at::Tensor &sine, float direction) {
    const auto x = input.contiguous();
    const int64_t rows = x.size(0), heads = x.size(1), half = x.size(2) / 2;
    TORCH_CHECK(cosine.size(0) == rows && cosine.size(1) == half, "rotary: one row of angles a token is needed");
    auto y = at::empty_like(x);
    const auto c = cosine.contiguous(), s = sine.contiguous();
    with_type(x, [&](auto zero) {
        using T = decltype(zero);
        const T *in = x.const_data_ptr<T>();
        T *out = y.mutable_data_ptr<T>();
        const float *cs = c.const_data_ptr<float>();
        const float *sn = s.const_data_ptr<float>();
        parallel_for(0, rows, rows_per_piece, [&](int64_t begin, int64_t end) {
            std::vector<float> row(4 * half);
            float *a = row.data(), *b = a + 2 * half;
            for (int64_t r = begin * heads; r < end * heads; ++r) {
                widen(in + r * 2 * half, a, 2 * half);
                turn(a, cs + r / heads * half, sn + r / heads * half, direction, b, half);
                narrow(b, out + r * 2 * half, 2 * half);
            }
        });
    });
    return y;
}

struct Rotary : Function<Rotary> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &x, const at::Tensor &cosine, const at::Tensor &sine) {
        context->save_for_backward({cosine, sine});
        return rotate(x, cosine, sine, 1);
    }
    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        return {rotate(gradients[0], saved[0], saved[1], -1), at::Tensor(), at::Tensor()};
    }
};

// A linear layer with an fp32 master weight and bf16 compute. The bf16 copy of the weight is made anew in the
// backward pass instead of being kept for every layer; the weight's gradient arrives in fp32.
struct MasterLinear : Function<MasterLinear> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &x, const at::Tensor &weight) {
        context->save_for_backward({x, weight});
        return projection(x, weight.to(x.scalar_type()));
    }
    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto x = saved[0], weight = saved[1];
        const auto dy = gradients[0];
        at::Tensor dx, dw;
        if (context->needs_input_grad(0)) dx = matrix_product(dy, weight.to(dy.scalar_type()));
        if (context->needs_input_grad(1)) dw = matrix_product(dy.t(), x).to(weight.scalar_type());
        return {dx, dw};
    }
};

struct MasterEmbedding : Function<MasterEmbedding> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &table, const at::Tensor &ids, int64_t dtype) {
        context->save_for_backward({ids});
        context->saved_data["rows"] = table.size(0);
        return at::index_select(table, 0, ids).to(at::ScalarType(dtype));
    }
    // Rows are added one after another in the order of the ids: the same sums on every run.
    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto ids = context->get_saved_variables()[0].contiguous();
        const auto dy = gradients[0].to(at::kFloat).contiguous();
        auto sum = at::zeros({context->saved_data["rows"].toInt(), dy.size(1)}, at::kFloat);
        const int64_t *row = ids.const_data_ptr<int64_t>();
        const float *from = dy.const_data_ptr<float>();
        float *to = sum.mutable_data_ptr<float>();
        const int64_t width = dy.size(1);
        for (int64_t n = 0; n < ids.numel(); ++n)
            for (int64_t i = 0; i < width; ++i) to[row[n] * width + i] += from[n * width + i];
        return {sum, at::Tensor(), at::Tensor()};
    }
};

// Calls body(row, its values as float32, the row in memory) for every row of a matrix.
template <typename Body> void for_rows(const at::Tensor &x, Body &&body) {
    const int64_t rows = x.size(0), width = x.size(1);
    with_type(x, [&](auto zero) {
        using T = decltype(zero);
        T *data = x.mutable_data_ptr<T>();
        parallel_for(0, rows, 1, [&](int64_t begin, int64_t end) {
            std::vector<float> values(width);
            for (int64_t r = begin; r < end; ++r) {
                widen(data + r * width, values.data(), width);
                body(r, values.data(), data + r * width);
            }
        });
    });
}

struct TokenLogProbabilities : Function<TokenLogProbabilities> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &hidden, const at::Tensor &weight, const at::Tensor &targets,
        int64_t chunk) {
        const auto h = hidden.contiguous();
        const auto t = targets.contiguous();
        const int64_t rows = h.size(0), vocabulary = weight.size(0);
        const auto w = weight.to(h.scalar_type());
        auto result = at::empty({rows}, at::kFloat), normalizer = at::empty({rows}, at::kFloat);
        const int64_t *target = t.const_data_ptr<int64_t>();
        float *results = result.mutable_data_ptr<float>(), *normalizers = normalizer.mutable_data_ptr<float>();
        for (int64_t start = 0; start < rows; start += chunk) {
            const auto logits = projection(h.narrow(0, start, std::min(chunk, rows - start)), w);
            for_rows(logits, [&](int64_t row, const float *x, auto *) {
                const float top = largest(x, vocabulary);
                normalizers[start + row] = float(double(top) + log_sum(x, vocabulary, top));
                results[start + row] = x[target[start + row]] - normalizers[start + row];
            });
        }
        context->save_for_backward({h, weight, t, normalizer});
        context->saved_data["chunk"] = chunk;
        return result;
    }

    // ∂ ln p_t/∂logits = onehot(t) − softmax(logits); the logits are computed again, a chunk at a time.
    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto h = saved[0], weight = saved[1], targets = saved[2], normalizer = saved[3];
        const int64_t chunk = context->saved_data["chunk"].toInt(), rows = h.size(0), vocabulary = weight.size(0);
        const auto upstream = gradients[0].to(at::kFloat).contiguous();
        const auto w = weight.to(h.scalar_type());
        const bool wants_weight = context->needs_input_grad(1);
        const int64_t *target = targets.const_data_ptr<int64_t>();
        const float *normalizers = normalizer.const_data_ptr<float>(), *up = upstream.const_data_ptr<float>();
        auto dh = at::empty_like(h);
        at::Tensor dw;
        for (int64_t start = 0; start < rows; start += chunk) {
            const int64_t n = std::min(chunk, rows - start);
            const auto part = h.narrow(0, start, n);
            const auto slope = projection(part, w);
            for_rows(slope, [&](int64_t row, float *x, auto *out) {
                exponentiate(x, vocabulary, 1, normalizers[start + row]);
                scale(x, vocabulary, -up[start + row]);
                x[target[start + row]] += up[start + row];
                narrow(x, out, vocabulary);
            });
            dh.narrow(0, start, n).copy_(matrix_product(slope, w));
            if (!wants_weight) continue;
            const auto product = matrix_product(slope.t(), part);
            if (dw.defined()) {
                dw.add_(product);
            } else {
                dw = product.to(weight.scalar_type());
            }
        }
        return {dh, dw, at::Tensor(), at::Tensor()};
    }
};

// silu(gate) · up, row by row.
at::Tensor gated_product(const at::Tensor &gate, const at::Tensor &up) {
    const auto g = gate.contiguous(), u = up.contiguous();
    const int64_t rows = g.size(0), width = g.size(1);
    auto y = at::empty_like(g);
    with_type(g, [&](auto zero) {
        using T = decltype(zero);
        const T *gates = g.const_data_ptr<T>(), *ups = u.const_data_ptr<T>();
        T *out = y.mutable_data_ptr<T>();
        parallel_for(0, rows, rows_per_piece, [&](int64_t begin, int64_t end) {
            std::vector<float> row(3 * width);
            float *a = row.data(), *b = a + width, *c = b + width;
            for (int64_t r = begin; r < end; ++r) {
                widen(gates + r * width, a, width);
                widen(ups + r * width, b, width);
                gated(a, b, c, width);
                narrow(c, out + r * width, width);
            }
        });
    });
    return y;
}

// (silu(gate) · up, its derivatives times dy)
struct GatedSlopes {
    at::Tensor y, dgate, dup;

    GatedSlopes(const at::Tensor &gate, const at::Tensor &up, const at::Tensor &upstream) {
        const auto g = gate.contiguous(), u = up.contiguous();
        const auto dy = upstream.to(g.scalar_type()).contiguous();
        const int64_t rows = g.size(0), width = g.size(1);
        y = at::empty_like(g), dgate = at::empty_like(g), dup = at::empty_like(g);
        with_type(g, [&](auto zero) {
            using T = decltype(zero);
            const T *gates = g.const_data_ptr<T>(), *ups = u.const_data_ptr<T>(), *slopes = dy.const_data_ptr<T>();
            T *out[3] = {y.mutable_data_ptr<T>(), dgate.mutable_data_ptr<T>(), dup.mutable_data_ptr<T>()};
            parallel_for(0, rows, rows_per_piece, [&](int64_t begin, int64_t end) {
                std::vector<float> row(6 * width);
                float *a = row.data(), *b = a + width, *c = b + width, *results = c + width;
                for (int64_t r = begin; r < end; ++r) {
                    widen(gates + r * width, a, width);
                    widen(ups + r * width, b, width);
                    widen(slopes + r * width, c, width);
                    gated_slopes(a, b, c, results, results + width, results + 2 * width, width);
                    for (int64_t i = 0; i < 3; ++i) narrow(results + i * width, out[i] + r * width, width);
                }
            });
        });
    }
};

struct SwiGLU : Function<SwiGLU> {
    static at::Tensor forward(AutogradContext *context, const at::Tensor &gate, const at::Tensor &up) {
        context->save_for_backward({gate, up});
        return gated_product(gate, up);
    }
    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const GatedSlopes slopes(saved[0], saved[1], gradients[0]);
        return {slopes.dgate, slopes.dup};
    }
};

// The product of a SwiGLU with the weight after it. What is in between is the widest thing in a layer: it is computed
// again in the backward pass instead of being kept.
struct SwiGLULinear : Function<SwiGLULinear> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &gate, const at::Tensor &up, const at::Tensor &weight) {
        context->save_for_backward({gate, up, weight});
        return projection(gated_product(gate, up), weight.to(gate.scalar_type()));
    }
    static variable_list backward(AutogradContext *context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto weight = saved[2];
        const auto dy = gradients[0];
        const GatedSlopes slopes(saved[0], saved[1], matrix_product(dy, weight.to(dy.scalar_type())));
        const auto dw =
            context->needs_input_grad(2) ? matrix_product(dy.t(), slopes.y).to(weight.scalar_type()) : at::Tensor();
        return {slopes.dgate, slopes.dup, dw};
    }
};

} // namespace

at::Tensor linear(const at::Tensor &x, const at::Tensor &weight) {
    if (x.scalar_type() == weight.scalar_type()) return projection(x, weight);
    return MasterLinear::apply(x, weight);
}

namespace {

at::Tensor reordered(const at::Tensor &weight, int64_t rows) {
    static const auto reorder =
        c10::Dispatcher::singleton()
            .findSchemaOrThrow("mkldnn::_reorder_linear_weight", "")
            .typed<at::Tensor(const at::Tensor &, std::optional<c10::SymInt>)>();
    return reorder.call(weight.contiguous(), c10::SymInt(rows));
}

at::Tensor reordered_product(const at::Tensor &x, const at::Tensor &weight) {
    static const auto product =
        c10::Dispatcher::singleton()
            .findSchemaOrThrow("mkldnn::_linear_pointwise", "")
            .typed<at::Tensor(
                const at::Tensor &, const at::Tensor &, const std::optional<at::Tensor> &, std::string_view,
                c10::List<std::optional<at::Scalar>>, std::optional<std::string_view>)>();
    return product.call(x.contiguous(), weight, std::nullopt, "none", c10::List<std::optional<at::Scalar>>(), "");
}

// Whether oneDNN lays bf16 weights out here. It says by an error that it does not: torch was built without it, or the
// processor has none of the instructions it asks for. Found out once, with a small weight.
bool reorders_weights() {
    static const bool answer = [] {
        const at::NoGradGuard guard;
        try {
            const auto small = at::zeros({32, 32}, at::kBFloat16);
            reordered_product(small, reordered(small, 32));
            return true;
        } catch (const std::exception &) {
            return false;
        }
    }();
    return answer;
}

} // namespace

// oneDNN's own layout, for processors with bf16 instructions; elsewhere the weight itself.
at::Tensor pack_linear(const at::Tensor &weight, int64_t rows) {
    outside_tiles();
    if (weight.scalar_type() != at::kBFloat16 || !reorders_weights()) return weight.contiguous();
    return reordered(weight, rows);
}

at::Tensor linear_packed(const at::Tensor &x, const at::Tensor &packed) {
    outside_tiles();
    return packed.is_mkldnn() ? reordered_product(x, packed) : at::linear(x, packed);
}

at::Tensor linear_within_tiles(const at::Tensor &x, const at::Tensor &weight) {
    const TileScope scope;
    return linear_packed(x, weight);
}

at::Tensor embedding(const at::Tensor &table, const at::Tensor &ids, at::ScalarType dtype) {
    return MasterEmbedding::apply(table, ids, int64_t(dtype));
}

at::Tensor rms_norm(const at::Tensor &x, const at::Tensor &weight, double epsilon) {
    return RMSNorm::apply(x, weight, epsilon);
}

at::Tensor swiglu(const at::Tensor &gate, const at::Tensor &up) { return SwiGLU::apply(gate, up); }

at::Tensor swiglu_linear(const at::Tensor &gate, const at::Tensor &up, const at::Tensor &weight) {
    return SwiGLULinear::apply(gate, up, weight);
}

at::Tensor rotary(const at::Tensor &x, const at::Tensor &cosine, const at::Tensor &sine) {
    return Rotary::apply(x, cosine, sine);
}

at::Tensor token_log_probabilities(
    const at::Tensor &hidden, const at::Tensor &weight, const at::Tensor &targets, int64_t chunk) {
    TORCH_CHECK(chunk > 0, "a chunk has at least one row");
    const auto ids = targets.contiguous();
    const int64_t *id = ids.const_data_ptr<int64_t>();
    TORCH_CHECK(
        ids.numel() == hidden.size(0) &&
            std::all_of(id, id + ids.numel(), [&](int64_t i) { return i >= 0 && i < weight.size(0); }),
        "every row has a target within the vocabulary");
    return TokenLogProbabilities::apply(hidden, weight, targets, chunk);
}

} // namespace ctorch
