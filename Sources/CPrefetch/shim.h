// A hint that memory is about to be read; Swift has no word for it. Any address will do, and nothing waits.
static inline void prefetch(const void *address) { __builtin_prefetch(address); }
