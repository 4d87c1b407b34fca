// The table of CTorchAPI.h, entry by entry. Nothing here computes.
#include "include/CTorch.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/version.h>

#include <cctype>
#include <climits>
#include <cpuid.h>
#include <cstdlib>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "Boundary.h"
#include "Tiles.h"

namespace ctorch {
std::atomic<int64_t> live{0};
thread_local std::string last_error;
} // namespace ctorch

using ctorch::give;
using ctorch::giving;
using ctorch::guarded;
using ctorch::last_error;
using ctorch::live;
using ctorch::scalar_type;

namespace {

at::IntArrayRef sizes(const int64_t *shape, int32_t rank) { return {shape, size_t(rank)}; }

struct MatrixInstructions {
    bool avx512_bf16 = false, amx_bf16 = false;

    // CPUID leaf 7, sub-leaf 1: AVX512_BF16; leaf 7: AMX-BF16.
    MatrixInstructions() {
#if defined(__x86_64__)
        unsigned a, b, c, d;
        avx512_bf16 = __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1u << 5));
        amx_bf16 = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & (1u << 22));
#endif
    }
};

int32_t has_fast_bfloat16() {
#if defined(__x86_64__)
    const MatrixInstructions found;
    return found.avx512_bf16 || found.amx_bf16 ? 1 : 0;
#else
    return 1;
#endif
}

// What torch's loops and oneDNN's kernels are chosen by: "AVX512 BF16 AMX", "AVX2"; and what the environment keeps
// oneDNN from: "AVX512 BF16, oneDNN at most AVX2".
const std::string &instruction_set() {
    static const std::string name = [] {
        const MatrixInstructions found;
        std::string name = at::get_cpu_capability();
        if (found.avx512_bf16) name += " BF16";
        if (found.amx_bf16) name += " AMX";
        for (const char *variable : {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"}) {
            const char *limit = std::getenv(variable);
            if (limit == nullptr || *limit == 0) continue;
            std::string plain;
            for (const char *c = limit; *c != 0 && plain.size() < 40; ++c)
                if (std::isalnum(static_cast<unsigned char>(*c)) || *c == '_')
                    plain += char(std::toupper(static_cast<unsigned char>(*c)));
            name += ", oneDNN at most " + plain;
            break;
        }
        return name;
    }();
    return name;
}

const ctorch_api table = {
    CTORCH_API_VERSION,
    [] { return last_error.c_str(); },
    [] { return live.load(); },
    []() -> const char * { return TORCH_VERSION; },
    [](int32_t count) { return guarded([&] { at::set_num_threads(count); }); },
    []() -> int32_t { return at::get_num_threads(); },
    has_fast_bfloat16,
    [] { return instruction_set().c_str(); },
    [] { return ctorch::TileScope::ended(); },

    [](ctorch_tensor tensor) {
        if (tensor == nullptr) return;
        guarded([&] { delete tensor; });
        live.fetch_sub(1);
    },
    [](int32_t on) -> int32_t {
        const bool former = c10::GradMode::is_enabled();
        c10::GradMode::set_enabled(on != 0);
        return former ? 1 : 0;
    },

    [](const float *data, const int64_t *shape, int32_t rank, ctorch_dtype dtype, ctorch_tensor *out) {
        return giving(out, [&] {
            return at::from_blob(const_cast<float *>(data), sizes(shape, rank), at::kFloat).to(scalar_type(dtype), false, true);
        });
    },
    [](const int64_t *data, const int64_t *shape, int32_t rank, ctorch_tensor *out) {
        return giving(out, [&] {
            return at::from_blob(const_cast<int64_t *>(data), sizes(shape, rank), at::kLong).clone();
        });
    },
    [](const int64_t *shape, int32_t rank, ctorch_dtype dtype, ctorch_tensor *out) {
        return giving(out, [&] { return at::zeros(sizes(shape, rank), scalar_type(dtype)); });
    },
    [](ctorch_tensor tensor, float *out, int64_t count) {
        return guarded([&] {
            TORCH_CHECK(tensor->tensor.numel() == count, "the tensor has ", tensor->tensor.numel(), " values, not ", count);
            const auto values = tensor->tensor.detach().to(at::kFloat).contiguous();
            std::memcpy(out, values.const_data_ptr<float>(), size_t(count) * sizeof(float));
        });
    },
    [](ctorch_tensor tensor) -> int32_t { return int32_t(tensor->tensor.dim()); },
    [](ctorch_tensor tensor, int32_t dimension) -> int64_t {
        return dimension < tensor->tensor.dim() ? tensor->tensor.size(dimension) : -1;
    },

    [](ctorch_tensor x, ctorch_dtype dtype, ctorch_tensor *out) {
        return giving(out, [&] { return x->tensor.detach().to(scalar_type(dtype), false, true); });
    },
    [](ctorch_tensor a, ctorch_tensor b, double factor, ctorch_tensor *out) {
        return giving(out, [&] { return at::add(a->tensor, b->tensor, factor); });
    },
    [](ctorch_tensor x, const int64_t *shape, int32_t rank, ctorch_tensor *out) {
        return giving(out, [&] { return x->tensor.reshape(sizes(shape, rank)); });
    },
    [](ctorch_tensor x, ctorch_tensor indices, ctorch_tensor *out) {
        return giving(out, [&] { return at::index_select(x->tensor, 0, indices->tensor); });
    },

    [](ctorch_tensor x, ctorch_tensor weight, ctorch_tensor *out) {
        return giving(out, [&] { return ctorch::linear(x->tensor, weight->tensor); });
    },
    [](ctorch_tensor x, ctorch_tensor weight, ctorch_tensor *out) {
        return giving(out, [&] { return at::mul(x->tensor.to(at::kFloat), weight->tensor.to(at::kFloat)).sum(1); });
    },
    [](ctorch_tensor weight, int64_t rows, ctorch_tensor *out) {
        return giving(out, [&] { return ctorch::pack_linear(weight->tensor, rows); });
    },
    [](ctorch_tensor x, ctorch_tensor packed, ctorch_tensor *out) {
        return giving(out, [&] { return ctorch::linear_packed(x->tensor, packed->tensor); });
    },
    [](ctorch_tensor x, ctorch_tensor weight, ctorch_tensor *out) {
        return giving(out, [&] { return ctorch::linear_within_tiles(x->tensor, weight->tensor); });
    },
    [](ctorch_tensor weights, ctorch_tensor ids, ctorch_dtype dtype, ctorch_tensor *out) {
        return giving(out, [&] { return ctorch::embedding(weights->tensor, ids->tensor, scalar_type(dtype)); });
    },
    [](ctorch_tensor x, ctorch_tensor weight, double epsilon, ctorch_tensor *out) {
        return giving(out, [&] { return ctorch::rms_norm(x->tensor, weight->tensor, epsilon); });
    },
    [](ctorch_tensor gate, ctorch_tensor up, ctorch_tensor *out) {
        return giving(out, [&] { return ctorch::swiglu(gate->tensor, up->tensor); });
    },
    [](ctorch_tensor gate, ctorch_tensor up, ctorch_tensor weight, ctorch_tensor *out) {
        return giving(out, [&] { return ctorch::swiglu_linear(gate->tensor, up->tensor, weight->tensor); });
    },
    [](ctorch_tensor x, ctorch_tensor cosine, ctorch_tensor sine, ctorch_tensor *out) {
        return giving(out, [&] { return ctorch::rotary(x->tensor, cosine->tensor, sine->tensor); });
    },

    [](ctorch_tensor q, ctorch_tensor k, ctorch_tensor v, const ctorch_group *groups, int32_t count,
       const int64_t *lengths, ctorch_tensor *out) {
        return giving(out, [&] {
            return ctorch::shared_prefix_attention(q->tensor, k->tensor, v->tensor, groups, count, lengths);
        });
    },
    [](ctorch_tensor cache, ctorch_tensor packed, const int64_t *lengths, int32_t count) {
        return guarded([&] { ctorch::fill_prompt_cache(cache->tensor, packed->tensor, lengths, count); });
    },
    [](ctorch_tensor cache, ctorch_tensor x, int64_t position) {
        return guarded([&] { ctorch::append_cache(cache->tensor, x->tensor, position); });
    },
    [](ctorch_tensor q, ctorch_tensor prompt_k, ctorch_tensor prompt_v, const int64_t *prompt_lengths,
       const int64_t *rows, int32_t prompts, ctorch_tensor own_k, ctorch_tensor own_v, int64_t filled,
       ctorch_tensor *out) {
        return giving(out, [&] {
            return ctorch::decode_attention(
                q->tensor, prompt_k->tensor, prompt_v->tensor, prompt_lengths, rows, prompts, own_k->tensor,
                own_v->tensor, filled);
        });
    },

    [](ctorch_tensor hidden, ctorch_tensor weight, ctorch_tensor targets, int64_t chunk, ctorch_tensor *out) {
        return giving(
            out, [&] { return ctorch::token_log_probabilities(hidden->tensor, weight->tensor, targets->tensor, chunk); });
    },
    [](ctorch_tensor logits, const double *uniforms, ctorch_sampling how, const int64_t *drawable, int64_t count,
       int64_t *ids, double *raw, double *sampled) {
        return guarded([&] { ctorch::sample(logits->tensor, uniforms, how, drawable, count, ids, raw, sampled); });
    },

    [](ctorch_tensor x, int32_t on) { return guarded([&] { x->tensor.requires_grad_(on != 0); }); },
    [](ctorch_tensor x, ctorch_tensor gradient) {
        return guarded([&] { torch::autograd::backward({x->tensor}, {gradient->tensor}); });
    },
    [](ctorch_tensor x, ctorch_tensor *out) {
        return guarded([&] { *out = x->tensor.grad().defined() ? give(x->tensor.grad()) : nullptr; });
    },
    [](ctorch_tensor x) { return guarded([&] { x->tensor.mutable_grad().reset(); }); },
    [](const ctorch_tensor *parameters, int32_t count, double *out) {
        return guarded([&] { *out = ctorch::gradient_norm(parameters, count); });
    },
    [](ctorch_tensor parameter, ctorch_tensor m, ctorch_tensor v, ctorch_adamw how) {
        return guarded([&] { ctorch::adamw_step(parameter->tensor, m->tensor, v->tensor, how); });
    },
    [](ctorch_tensor target, const float *data, int64_t count) {
        return guarded([&] {
            TORCH_CHECK(target->tensor.numel() == count, "the tensor has ", target->tensor.numel(), " values, not ", count);
            c10::NoGradGuard off;
            target->tensor.copy_(
                at::from_blob(const_cast<float *>(data), target->tensor.sizes(), at::kFloat));
        });
    },
};

} // namespace

extern "C" const void *ctorch_table(uint32_t version) {
#if defined(__GLIBC__)
    // Every pass makes and frees the same large buffers. By default each is mapped, zeroed page by page and unmapped
    // again, a sixth of a training step's time; kept in the heap they are there for the next pass.
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    mallopt(M_TOP_PAD, 64 << 20);
#endif
    return version == CTORCH_API_VERSION ? static_cast<const void *>(&table) : nullptr;
}
