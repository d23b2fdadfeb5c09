import TestSupport

/// A library that is loaded before all others into the program under test. It counts what the program does
/// to the files of one directory and kills it at one of these calls; or lets its synchronisations fail for
/// as long as a file says so.
struct DiskTrap {
  /// Of a call: not begun, or of a write half the bytes, or just done.
  enum Moment: String, CaseIterable { case before, half, after }

  private let library: String

  init(in directory: TemporaryDirectory) throws {
    library = directory.file("trap.so")
    let source = directory.write("trap.c", Self.code)
    let run = try Programs.run("cc", ["-shared", "-fPIC", "-O1", "-o", library, source])
    guard run.status == 0 else { throw ProgramFailure(description: "\(run)") }
  }

  func killing(at call: Int, _ moment: Moment, under folder: String) -> [String: String] {
    [
      "LD_PRELOAD": library, "TRAP_FOLDER": folder, "TRAP_AT": "\(call)",
      "TRAP_MOMENT": moment.rawValue,
    ]
  }

  func failingToSynchronise(under folder: String, whileThereIs file: String) -> [String: String] {
    ["LD_PRELOAD": library, "TRAP_FOLDER": folder, "TRAP_WHILE": file]
  }

  private static let code = #"""
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <limits.h>
    #include <pthread.h>
    #include <signal.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/stat.h>
    #include <sys/types.h>
    #include <unistd.h>

    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int calls;

    static int is_ours(int file) {
      const char *folder = getenv("TRAP_FOLDER");
      char link[64], path[PATH_MAX];
      struct stat status;
      if (!folder || fstat(file, &status) || S_ISSOCK(status.st_mode)) return 0;
      snprintf(link, sizeof link, "/proc/self/fd/%d", file);
      ssize_t length = readlink(link, path, sizeof path);
      size_t wanted = strlen(folder);
      return length >= (ssize_t)wanted && memcmp(path, folder, wanted) == 0;
    }

    static void die(void) {
      kill(getpid(), SIGKILL);
      for (;;) pause();
    }

    /* Whether the program is to die at this call; before it, it does so here. The lock is kept by whoever
       dies, so that no other thread gets further. */
    static const char *begin(void) {
      const char *moment = getenv("TRAP_MOMENT"), *at = getenv("TRAP_AT");
      pthread_mutex_lock(&lock);
      calls++;
      if (at && moment && atoi(at) == calls) {
        if (!strcmp(moment, "before")) die();
        return moment;
      }
      pthread_mutex_unlock(&lock);
      return NULL;
    }

    #define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

    static int synchronise(int file, int (*real)(int)) {
      if (!is_ours(file)) return real(file);
      const char *moment = begin(), *while_there = getenv("TRAP_WHILE");
      if (while_there && access(while_there, F_OK) == 0) {
        errno = EIO;
        return -1;
      }
      int result = real(file);
      if (moment) die();
      return result;
    }

    int fsync(int file) { return synchronise(file, REAL(fsync)); }
    int fdatasync(int file) { return synchronise(file, REAL(fdatasync)); }

    ssize_t write(int file, const void *bytes, size_t count) {
      if (!is_ours(file)) return REAL(write)(file, bytes, count);
      const char *moment = begin();
      ssize_t result = REAL(write)(file, bytes, moment && !strcmp(moment, "half") ? count / 2 : count);
      if (moment) die();
      return result;
    }

    int ftruncate(int file, off_t length) {
      if (!is_ours(file)) return REAL(ftruncate)(file, length);
      const char *moment = begin();
      int result = REAL(ftruncate)(file, length);
      if (moment) die();
      return result;
    }

    int rename(const char *from, const char *to) {
      const char *folder = getenv("TRAP_FOLDER");
      if (!folder || strncmp(to, folder, strlen(folder))) return REAL(rename)(from, to);
      const char *moment = begin();
      int result = REAL(rename)(from, to);
      if (moment) die();
      return result;
    }
    """#
}
