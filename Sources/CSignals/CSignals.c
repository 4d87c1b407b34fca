#include "CSignals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// MARK: Child processes

enum { most_children = 4096 };

// 0 where there is none.
static _Atomic pid_t children[most_children];
static atomic_bool ends_at_exit;

static void end_children(void) {
    for (int place = 0; place < most_children; place++) {
        pid_t child = atomic_load(&children[place]);
        if (child > 0) kill(-child, SIGKILL);
    }
}

bool signals_child_began(pid_t child) {
    if (!atomic_exchange(&ends_at_exit, true)) atexit(end_children);
    for (int place = 0; place < most_children; place++) {
        pid_t none = 0;
        if (atomic_compare_exchange_strong(&children[place], &none, child)) return true;
    }
    return false;
}

void signals_child_ended(pid_t child) {
    for (int place = 0; place < most_children; place++) {
        pid_t found = child;
        if (atomic_compare_exchange_strong(&children[place], &found, 0)) return;
    }
}

// MARK: Being asked to stop

static volatile sig_atomic_t was_asked;

static void note(int number) {
    (void)number;
    if (was_asked) {
        end_children();
        _exit(130);
    }
    was_asked = 1;
}

void signals_listen(void) {
    static const int numbers[] = {SIGINT, SIGHUP, SIGTERM};
    // A parent that starts us from a thread which blocks signals passes that on.
    sigset_t set;
    sigemptyset(&set);
    for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) sigaddset(&set, numbers[index]);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) {
        struct sigaction before;
        if (numbers[index] == SIGHUP && sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler == SIG_IGN)
            continue;
        struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
        sigemptyset(&action.sa_mask);
        sigaction(numbers[index], &action, NULL);
    }
}

bool signals_was_asked_to_stop(void) { return was_asked != 0; }

// MARK: Crashes

static const struct {
    int number;
    const char *name;
} crashes[] = {
    {SIGILL, "SIGILL"}, {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"},
    {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"},   {SIGSEGV, "SIGSEGV"},
};
enum { crash_count = sizeof crashes / sizeof *crashes };

static char sentences[crash_count][512];
static size_t lengths[crash_count];

static void report(int number) {
    for (int index = 0; index < crash_count; index++) {
        if (crashes[index].number != number) continue;
        const char *rest = sentences[index];
        size_t left = lengths[index];
        while (left > 0) {
            ssize_t count = write(STDERR_FILENO, rest, left);
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) break;
            rest += count;
            left -= (size_t)count;
        }
    }
    end_children();
    _exit(1);
}

enum { other_stack_size = 1 << 16 };

static atomic_bool reports;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t other_stack;
static bool has_key;

static void free_stack(void *bytes) {
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    free(bytes);
}

static void make_key(void) { has_key = pthread_key_create(&other_stack, free_stack) == 0; }

void signals_guard_stack(void) {
    if (!atomic_load(&reports)) return;
    pthread_once(&once, make_key);
    stack_t now;
    if (!has_key || sigaltstack(NULL, &now) != 0 || !(now.ss_flags & SS_DISABLE)) return;
    stack_t stack = {.ss_sp = malloc(other_stack_size), .ss_size = other_stack_size};
    if (!stack.ss_sp) return;
    if (pthread_setspecific(other_stack, stack.ss_sp) != 0 || sigaltstack(&stack, NULL) != 0) {
        pthread_setspecific(other_stack, NULL);
        free(stack.ss_sp);
    }
}

void signals_report_crashes(const char *version) {
    atomic_store(&reports, true);
    signals_guard_stack();
    struct sigaction action = {.sa_handler = report, .sa_flags = SA_ONSTACK};
    sigfillset(&action.sa_mask);
    sigset_t set;
    sigemptyset(&set);
    const char *line = isatty(STDERR_FILENO) ? "\r\033[2K" : "";
    for (int index = 0; index < crash_count; index++) {
        int length = snprintf(
            sentences[index], sizeof sentences[index],
            "%salign-data: error: align-data %s crashed with %s, which is a fault of the program and not of its input\n"
            "hint: report it with the command, what stands above, the version and the kind of machine; "
            "finished work is kept\n",
            line, version, crashes[index].name);
        lengths[index] = length < 0 ? 0 : (size_t)length < sizeof sentences[index] ? (size_t)length
                                                                                   : sizeof sentences[index] - 1;
        sigaddset(&set, crashes[index].number);
        sigaction(crashes[index].number, &action, NULL);
    }
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
