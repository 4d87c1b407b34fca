// Loops over torch's own threads.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

// The entry that compilers call for `#pragma omp parallel`, in the OpenMP library that libtorch has loaded. ATen's
// parallel_for would be serial here: its header needs a compiler with OpenMP switched on, and Swift's clang has none.
// Weak: where libtorch comes with another OpenMP, loops run on one thread.
extern "C" {
__attribute__((weak)) void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
__attribute__((weak)) int omp_get_thread_num(void);
__attribute__((weak)) int omp_get_num_threads(void);
__attribute__((weak)) int omp_in_parallel(void);
}

namespace ctorch {

// Calls body(first, last) on pieces of begin ..< end, none (but the last) smaller than `grain`. Which thread takes
// which piece must not matter to the result. The body must not throw.
template <typename Body> void parallel_for(int64_t begin, int64_t end, int64_t grain, Body &&body) {
    const int64_t count = end - begin;
    if (count <= 0) return;
    const int64_t threads = std::min<int64_t>(at::get_num_threads(), (count + grain - 1) / grain);
    if (threads <= 1 || GOMP_parallel == nullptr || omp_in_parallel()) {
        body(begin, end);
        return;
    }
    struct Work {
        int64_t begin, end;
        std::remove_reference_t<Body> *body;
    } work{begin, end, &body};
    GOMP_parallel(
        [](void *data) {
            const auto &work = *static_cast<Work *>(data);
            const int64_t teams = omp_get_num_threads(), me = omp_get_thread_num();
            const int64_t size = (work.end - work.begin + teams - 1) / teams;
            const int64_t first = work.begin + me * size, last = std::min(work.end, first + size);
            if (first < last) (*work.body)(first, last);
        },
        &work, unsigned(threads), 0);
}

} // namespace ctorch
