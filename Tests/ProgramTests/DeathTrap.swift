import TestSupport

/// A library that is loaded before all others into the program under test: it counts what the program
/// commits, and kills it before the first byte of a commit is written, or right after it is on disk.
struct DeathTrap {
  enum Moment: String, CaseIterable { case before, after }

  private let library: String

  init(in directory: TemporaryDirectory) throws {
    library = directory.file("trap.so")
    try Self.compile(library, in: directory)
  }

  /// For the environment of the program that is to die. Nil: it only counts. One that lives to its end writes
  /// into `count` how many commits there were.
  func environment(_ moment: Moment?, at commit: Int = 0, count: String) -> [String: String] {
    [
      "LD_PRELOAD": library, "TRAP_COUNT": count, "TRAP_MOMENT": moment?.rawValue ?? "",
      "TRAP_AT": "\(commit)",
    ]
  }

  private static func compile(_ library: String, in directory: TemporaryDirectory) throws {
    let source = directory.write("trap.c", code)
    let run = try Programs.run("cc", ["-shared", "-fPIC", "-O1", "-o", library, source])
    guard run.status == 0 else { throw ProgramFailure(description: "\(run)") }
  }

  /// A commit is what SQLite writes to its write-ahead log up to the synchronisation that ends it.
  private static let code = #"""
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <pthread.h>
    #include <signal.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/types.h>
    #include <unistd.h>

    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int commits, is_open;

    static int is_log(int file) {
      static const char name[] = "state.db-wal";
      char link[64], path[4096];
      snprintf(link, sizeof link, "/proc/self/fd/%d", file);
      ssize_t length = readlink(link, path, sizeof path);
      ssize_t end = sizeof name - 1;
      return length > end && memcmp(path + length - end, name, end) == 0;
    }

    static void die_if(const char *moment) {
      const char *wanted = getenv("TRAP_MOMENT"), *at = getenv("TRAP_AT");
      if (!wanted || !at || strcmp(wanted, moment) || atoi(at) != commits) return;
      kill(getpid(), SIGKILL);
      for (;;) pause();
    }

    static void begin(int file) {
      if (!is_log(file)) return;
      pthread_mutex_lock(&lock);
      if (!is_open) {
        is_open = 1;
        commits++;
        die_if("before");
      }
      pthread_mutex_unlock(&lock);
    }

    static int end(int file, const char *call) {
      int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, call);
      int result = next(file);
      if (is_log(file)) {
        pthread_mutex_lock(&lock);
        if (is_open) die_if("after");
        is_open = 0;
        pthread_mutex_unlock(&lock);
      }
      return result;
    }

    int fsync(int file) { return end(file, "fsync"); }
    int fdatasync(int file) { return end(file, "fdatasync"); }

    ssize_t write(int file, const void *bytes, size_t count) {
      ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
      begin(file);
      return next(file, bytes, count);
    }

    ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
      ssize_t (*next)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
      begin(file);
      return next(file, bytes, count, offset);
    }

    ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
      begin(file);
      return ((ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite"))(
          file, bytes, count, offset);
    }

    /* How many there were, for whoever lived to the end. */
    __attribute__((destructor)) static void tell(void) {
      const char *path = getenv("TRAP_COUNT");
      FILE *file = commits && path ? fopen(path, "w") : NULL;
      if (!file) return;
      fprintf(file, "%d", commits);
      fclose(file);
    }
    """#
}
