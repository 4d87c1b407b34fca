// Loaded before libc into the tool under test: counts the operations that change files of one folder, and at the
// one with the number FAULT_AT does what FAULT says.
//
//   kill   the process dies before the operation
//   torn   the process dies after it; of a write, after half of it
//   full   from then on every write finds the disk full
//   error  the operation fails with EIO
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum fault { NONE, DIE_BEFORE, DIE_AFTER, FULL, FAIL };

static enum fault next(const char *path, int is_write) {
    static atomic_int count;
    const char *folder = getenv("FAULT_FOLDER"), *kind = getenv("FAULT"), *at = getenv("FAULT_AT");
    if (!folder || !kind || !at || !strstr(path, folder)) return NONE;
    int now = ++count, when = atoi(at);
    if (!strcmp(kind, "full")) return now >= when && is_write ? FULL : NONE;
    if (now != when) return NONE;
    return !strcmp(kind, "kill") ? DIE_BEFORE : !strcmp(kind, "torn") ? DIE_AFTER : FAIL;
}

static enum fault next_of(int descriptor, int is_write) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return NONE;
    path[length] = 0;
    return next(path, is_write);
}

static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

#define WRITE(name, parameters, whole, half)                       \
    ssize_t name parameters {                                      \
        switch (next_of(fd, 1)) {                                  \
        case DIE_BEFORE: die();                                    \
        case DIE_AFTER: REAL(name) half; die();                    \
        case FULL: errno = ENOSPC; return -1;                      \
        case FAIL: errno = EIO; return -1;                         \
        case NONE: break;                                          \
        }                                                          \
        return REAL(name) whole;                                   \
    }

#define CHANGE(name, parameters, arguments, fault)                 \
    int name parameters {                                          \
        switch (fault) {                                           \
        case DIE_BEFORE: die();                                    \
        case DIE_AFTER: REAL(name) arguments; die();               \
        case FULL: errno = ENOSPC; return -1;                      \
        case FAIL: errno = EIO; return -1;                         \
        case NONE: break;                                          \
        }                                                          \
        return REAL(name) arguments;                               \
    }

WRITE(write, (int fd, const void *bytes, size_t count), (fd, bytes, count), (fd, bytes, count / 2))
WRITE(pwrite, (int fd, const void *bytes, size_t count, off_t at), (fd, bytes, count, at), (fd, bytes, count / 2, at))
WRITE(pwrite64, (int fd, const void *bytes, size_t count, off64_t at), (fd, bytes, count, at),
      (fd, bytes, count / 2, at))
CHANGE(fsync, (int fd), (fd), next_of(fd, 0))
CHANGE(fdatasync, (int fd), (fd), next_of(fd, 0))
CHANGE(ftruncate, (int fd, off_t size), (fd, size), next_of(fd, 1))
CHANGE(ftruncate64, (int fd, off64_t size), (fd, size), next_of(fd, 1))
CHANGE(rename, (const char *from, const char *to), (from, to), next(to, 0))
CHANGE(unlink, (const char *path), (path), next(path, 0))
