import CLinux
import Glibc
import Notation

/// The one place that reads clocks. Everything else takes moments as arguments.
public enum SystemClock {
  /// What the wall says: it can be set, forwards and backwards.
  public static func wall() -> UTCInstant {
    UTCInstant(milliseconds: milliseconds(CLOCK_REALTIME))
  }

  /// Since the machine started, suspended time included (CLOCK_BOOTTIME): it cannot be set.
  public static func sinceBoot() -> TimeSpan {
    TimeSpan(milliseconds: milliseconds(CLOCK_BOOTTIME))
  }

  /// Sleeps until `sinceBoot` has reached that moment. A signal does not cut it short.
  public static func pause(until moment: TimeSpan) {
    while true {
      let left = moment - sinceBoot()
      guard left > .zero else { return }
      // In slices: a suspended machine must not add to a long sleep.
      let slice = min(left, .minutes(1)).milliseconds
      var time = timespec(tv_sec: Int(slice / 1000), tv_nsec: Int(slice % 1000) * 1_000_000)
      nanosleep(&time, nil)
    }
  }

  /// For measuring: nanoseconds of CLOCK_MONOTONIC.
  public static func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Which start of the machine this is: `sinceBoot` compares only within one.
  public static func bootID() -> String {
    let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "unknown" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)).prefix { $0 > 0x20 }, as: UTF8.self)
  }

  /// Whether the kernel says that something keeps the wall clock right (adjtimex: not STA_UNSYNC).
  public static func isSynchronised() -> Bool { clinux_clock_synchronised() == 1 }

  private static func milliseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}
