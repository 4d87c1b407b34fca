// Products of small tiles, on one thread, with sums in fp32.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <initializer_list>

namespace ctorch {

// Where element (k, j) of a right operand [depth, columns] lies: bf16 processors multiply pairs of neighbours in k.
template <typename T> constexpr int64_t tile_place(int64_t k, int64_t j, int64_t columns);
template <> constexpr int64_t tile_place<float>(int64_t k, int64_t j, int64_t columns) { return k * columns + j; }
template <> constexpr int64_t tile_place<at::BFloat16>(int64_t k, int64_t j, int64_t columns) {
    return (k / 2 * columns + j) * 2 + k % 2;
}

struct TileShape {
    int64_t rows, columns, depth;
};

// A stretch of work on one thread that multiplies tiles. A processor with matrix registers (AMX) keeps a configuration of
// them for each thread. oneDNN's kernels, which every matrix product of torch may run, replace it and clear it;
// torch's brgemm does not notice, and its next product of the same shape ends in an illegal instruction. So no product
// of torch is computed on a thread while a scope is open there (`outside_tiles`), and the end of a scope clears the
// configuration and makes brgemm set its own again.
class TileScope {
  public:
    TileScope() noexcept;
    ~TileScope();
    TileScope(const TileScope &) = delete;
    TileScope &operator=(const TileScope &) = delete;

    // Scopes that have ended so far, on all threads.
    static int64_t ended();
};

// Throws within a scope of this thread. Every caller of torch's matrix products asks it first.
void outside_tiles();

// Products of tiles of some shapes. Each shape is compiled when it is first asked for, and kept: ask for few.
template <typename T> class TileProduct {
  public:
    explicit TileProduct(std::initializer_list<TileShape> shapes);

    // c = a · b, or c += a · b. a [rows, depth] and c [rows, columns] are row-major, b lies as `tile_place` says; for
    // bfloat16 the depth is even. The shape is one of those given, the scope one of this thread.
    void operator()(const TileScope &, TileShape shape, const T *a, const T *b, float *c, bool adds) const;

  private:
    // Whether oneDNN has kernels for all shapes on this processor; where not, loops do it.
    bool compiled = true;
};

} // namespace ctorch
