// What the process does when a signal comes. Handlers may call almost nothing, so they are written in C, and what they
// say is written down before.
#ifndef CSIGNALS_H
#define CSIGNALS_H

#include <stdbool.h>
#include <sys/types.h>

/// From here on a crash (SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV) writes one sentence with `version` and a hint
/// to standard error, ends the child processes, and ends the process with exit code 1.
void signals_report_crashes(const char *version);

/// Gives the calling thread, for its lifetime, a second stack on which a crash is reported when its own is used up. Does
/// nothing where it has one, or where crashes are not reported.
void signals_guard_stack(void);

/// From here on the first SIGINT, SIGTERM or SIGHUP is only noted; the next one ends the child processes, and the process
/// with exit code 130. A SIGHUP that is ignored (nohup) stays so.
void signals_listen(void);

/// Whether one of them was noted.
bool signals_was_asked_to_stop(void);

/// A child process that leads a process group of its own has begun: the group ends with this process.
/// @return false when there are too many of them.
bool signals_child_began(pid_t child);

/// To be called before the child is waited for, after which its number may be another's.
void signals_child_ended(pid_t child);

#endif
