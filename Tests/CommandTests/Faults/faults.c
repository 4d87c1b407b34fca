// Loaded before libc into the tool under test: counts the operations that change files whose path contains
// FAULT_FOLDER, and at the one with the number FAULT_AT does what FAULT says.
//
//   kill   the process dies before the operation
//   torn   the process dies after it; of a write, after half of it
//   full   from then on every write finds the disk full
//   error  the operation fails with EIO
//   read   of those that read such files, counted instead, the one fails with EIO
//
// Without FAULT_AT:
//
//   named      the process dies once a file or folder has been renamed to a path that ends with FAULT_FOLDER
//   interrupt  it then gets SIGINT
//   overflow   its thread calls itself until the stack is used up
//   listening  it gets SIGINT as soon as it handles SIGTERM
//   crash      it then gets the signal with the number FAULT_FOLDER
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum fault { NONE, DIE_BEFORE, DIE_AFTER, FULL, FAIL };
enum operation { READ, WRITE, OTHER };

static enum fault next(const char *path, enum operation operation) {
    static atomic_int count;
    const char *folder = getenv("FAULT_FOLDER"), *kind = getenv("FAULT"), *at = getenv("FAULT_AT");
    if (!folder || !kind || !at || !strstr(path, folder)) return NONE;
    if (!strcmp(kind, "read") != (operation == READ)) return NONE;
    int now = ++count, when = atoi(at);
    if (!strcmp(kind, "full")) return now >= when && operation == WRITE ? FULL : NONE;
    if (now != when) return NONE;
    return !strcmp(kind, "kill") ? DIE_BEFORE : !strcmp(kind, "torn") ? DIE_AFTER : FAIL;
}

static enum fault next_of(int descriptor, enum operation operation) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return NONE;
    path[length] = 0;
    return next(path, operation);
}

static void die(void) { kill(getpid(), SIGKILL); for (;;) pause(); }

static int is_fault(const char *kind) {
    const char *fault = getenv("FAULT");
    return fault && !strcmp(fault, kind);
}

static int overflow(volatile char *above) {
    volatile char here[4096];
    here[0] = above[0];
    return overflow(here) + here[1];
}

static void has_name(const char *path) {
    const char *end = getenv("FAULT_FOLDER");
    size_t whole = strlen(path), length = end ? strlen(end) : 0;
    if (!length || length > whole || strcmp(path + whole - length, end)) return;
    if (is_fault("named")) die();
    if (is_fault("interrupt")) kill(getpid(), SIGINT);
    if (is_fault("overflow")) overflow("");
}

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

#define WRITES(name, parameters, whole, half)                      \
    ssize_t name parameters {                                      \
        switch (next_of(fd, WRITE)) {                                  \
        case DIE_BEFORE: die();                                    \
        case DIE_AFTER: REAL(name) half; die();                    \
        case FULL: errno = ENOSPC; return -1;                      \
        case FAIL: errno = EIO; return -1;                         \
        case NONE: break;                                          \
        }                                                          \
        return REAL(name) whole;                                   \
    }

#define READS(name, parameters, arguments)                         \
    ssize_t name parameters {                                      \
        if (next_of(fd, READ) != NONE) { errno = EIO; return -1; } \
        return REAL(name) arguments;                               \
    }

#define CHANGE(name, parameters, arguments, fault, ...)            \
    int name parameters {                                          \
        switch (fault) {                                           \
        case DIE_BEFORE: die();                                    \
        case DIE_AFTER: REAL(name) arguments; die();               \
        case FULL: errno = ENOSPC; return -1;                      \
        case FAIL: errno = EIO; return -1;                         \
        case NONE: break;                                          \
        }                                                          \
        int result = REAL(name) arguments;                         \
        __VA_ARGS__;                                               \
        return result;                                             \
    }

WRITES(write, (int fd, const void *bytes, size_t count), (fd, bytes, count), (fd, bytes, count / 2))
WRITES(pwrite, (int fd, const void *bytes, size_t count, off_t at), (fd, bytes, count, at), (fd, bytes, count / 2, at))
WRITES(pwrite64, (int fd, const void *bytes, size_t count, off64_t at), (fd, bytes, count, at),
       (fd, bytes, count / 2, at))
CHANGE(fsync, (int fd), (fd), next_of(fd, OTHER))
CHANGE(fdatasync, (int fd), (fd), next_of(fd, OTHER))
CHANGE(ftruncate, (int fd, off_t size), (fd, size), next_of(fd, WRITE))
CHANGE(ftruncate64, (int fd, off64_t size), (fd, size), next_of(fd, WRITE))
CHANGE(rename, (const char *from, const char *to), (from, to), next(to, OTHER), has_name(to))
CHANGE(unlink, (const char *path), (path), next(path, OTHER))
READS(read, (int fd, void *bytes, size_t count), (fd, bytes, count))
READS(pread, (int fd, void *bytes, size_t count, off_t at), (fd, bytes, count, at))
READS(pread64, (int fd, void *bytes, size_t count, off64_t at), (fd, bytes, count, at))

int sigaction(int number, const struct sigaction *action, struct sigaction *before) {
    int result = REAL(sigaction)(number, action, before);
    if (number == SIGTERM && action) {
        if (is_fault("listening")) kill(getpid(), SIGINT);
        if (is_fault("crash")) kill(getpid(), atoi(getenv("FAULT_FOLDER")));
    }
    return result;
}

// libc reads its streams by itself. A folder, whose reading fails, takes the place of the file.
size_t fread(void *items, size_t size, size_t count, FILE *stream) {
    if (next_of(fileno(stream), READ) != NONE) dup2(open("/", O_RDONLY), fileno(stream));
    return REAL(fread)(items, size, count, stream);
}
