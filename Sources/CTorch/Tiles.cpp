#include "Tiles.h"

#include <ATen/native/CPUBlas.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <vector>

#include "Rows.h"

namespace ctorch {

namespace {

thread_local int open_scopes = 0;
std::atomic<int64_t> ended_scopes{0};

inline float wide(uint16_t x) {
    const uint32_t bits = uint32_t(x) << 16;
    float result;
    std::memcpy(&result, &bits, 4);
    return result;
}

CTORCH_CLONES void product_loops(
    int64_t rows, int64_t columns, int64_t depth, const float *a, const float *b, float *c) {
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t k = 0; k < depth; ++k)
            for (int64_t j = 0; j < columns; ++j) c[r * columns + j] += a[r * depth + k] * b[k * columns + j];
}

CTORCH_CLONES void product_loops(
    int64_t rows, int64_t columns, int64_t depth, const uint16_t *a, const uint16_t *b, float *c) {
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t k = 0; k < depth; k += 2) {
            const float first = wide(a[r * depth + k]), second = wide(a[r * depth + k + 1]);
            const uint16_t *pairs = b + k * columns;
            for (int64_t j = 0; j < columns; ++j)
                c[r * columns + j] += first * wide(pairs[2 * j]) + second * wide(pairs[2 * j + 1]);
        }
}

void multiply(TileShape shape, const float *a, const float *b, float *c) {
    product_loops(shape.rows, shape.columns, shape.depth, a, b, c);
}
void multiply(TileShape shape, const at::BFloat16 *a, const at::BFloat16 *b, float *c) {
    product_loops(
        shape.rows, shape.columns, shape.depth, reinterpret_cast<const uint16_t *>(a),
        reinterpret_cast<const uint16_t *>(b), c);
}

template <typename T> void multiply_compiled(TileShape shape, const T *a, const T *b, float *c, bool adds) {
    at::native::cpublas::brgemm(
        shape.rows, shape.columns, shape.depth, shape.depth, shape.columns, shape.columns, adds, a, b, c,
        std::is_same_v<T, at::BFloat16>);
}

} // namespace

TileScope::TileScope() noexcept { ++open_scopes; }

TileScope::~TileScope() {
    --open_scopes;
    at::native::cpublas::brgemm_release(true);
    ended_scopes.fetch_add(1, std::memory_order_relaxed);
}

int64_t TileScope::ended() { return ended_scopes.load(); }

void outside_tiles() {
    TORCH_CHECK(open_scopes == 0, "a matrix product of torch within a scope of tile products");
}

// torch says by an error that it has no kernel.
template <typename T> TileProduct<T>::TileProduct(std::initializer_list<TileShape> shapes) {
    const TileScope scope;
    try {
        for (const auto &shape : shapes) {
            const std::vector<T> a(shape.rows * shape.depth), b(shape.depth * shape.columns);
            std::vector<float> c(shape.rows * shape.columns);
            for (const bool adds : {false, true}) multiply_compiled(shape, a.data(), b.data(), c.data(), adds);
        }
    } catch (const std::exception &) {
        compiled = false;
    }
}

template <typename T>
void TileProduct<T>::operator()(const TileScope &, TileShape shape, const T *a, const T *b, float *c, bool adds) const {
    if (compiled) return multiply_compiled(shape, a, b, c, adds);
    if (!adds) std::fill(c, c + shape.rows * shape.columns, 0.0f);
    multiply(shape, a, b, c);
}

template class TileProduct<float>;
template class TileProduct<at::BFloat16>;

} // namespace ctorch
