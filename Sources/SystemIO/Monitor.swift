import Glibc
import Notation

/// A mutex with a condition: one thread inside, others wait until something changed.
///
/// `Synchronization.Mutex` has no condition to wait on, and the thread sanitizer misreads it.
public final class Monitor: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  public init() {
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    // Timed waits must not care about a wall clock that is set.
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  public func locked<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }

  /// Inside `locked` only: lets others in, and comes back after someone called `wakeAll`.
  public func wait() { pthread_cond_wait(condition, mutex) }

  /// The same, but no longer than `span`.
  public func wait(for span: TimeSpan) {
    let end = SystemClock.nanoseconds() + UInt64(clamping: span.milliseconds) * 1_000_000
    var time = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
    pthread_cond_timedwait(condition, mutex, &time)
  }

  public func wakeAll() { pthread_cond_broadcast(condition) }
}
