#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

// Between fork and exec only calls that are safe after a signal: other threads may hold any lock.
pid_t clinux_spawn_tied(
    char *const *arguments, char *const *environment, int input, int output, int is_tied) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return -1;
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    // A group of its own: the terminal's Ctrl-C is for us, and we end the child.
    setpgid(0, 0);
    int ready = !is_tied || (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent);
    if (ready && dup2(input, 0) >= 0 && dup2(output, 1) >= 0 && dup2(output, 2) >= 0)
      execvpe(arguments[0], arguments, environment);
    int reason = errno ? errno : ESRCH;
    ssize_t written = write(report[1], &reason, sizeof reason);
    _exit(written == (ssize_t)sizeof reason ? 127 : 126);
  }
  int failure = errno;
  close(report[1]);
  if (child > 0) {
    ssize_t count;
    do count = read(report[0], &failure, sizeof failure);
    while (count < 0 && errno == EINTR);
    if (count != (ssize_t)sizeof failure) failure = 0;
  }
  close(report[0]);
  errno = failure;
  return failure ? -1 : child;
}
