import CLinux
import Glibc
import Notation

/// Waits for descriptors and deadlines on one thread (epoll). Everything but `post`, `wake` and
/// `stop` is called on that thread.
public final class EventLoop: @unchecked Sendable {
  public struct Interest: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = Interest(rawValue: EPOLLIN.rawValue)
    public static let writable = Interest(rawValue: EPOLLOUT.rawValue)
    /// The connection is broken or the other side hung up; always told.
    public static let broken = Interest(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
  }

  public typealias Handler = (Interest) -> Void

  private let epoll: Descriptor
  private let bell: Descriptor
  private var handlers: [Int32: Handler] = [:]
  private var timers = TimerHeap()
  private let inbox = Mutex<(jobs: [() -> Void], stops: Bool)>(([], false))

  public init() throws(SystemError) {
    let number = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard number >= 0 else { throw SystemError("epoll", errno) }
    epoll = Descriptor(owning: number)
    let bellNumber = clinux_eventfd()
    guard bellNumber >= 0 else { throw SystemError("eventfd", errno) }
    bell = Descriptor(owning: bellNumber)
    try control(EPOLL_CTL_ADD, bell.number, .readable)
  }

  // MARK: Descriptors

  public func add(
    _ descriptor: Descriptor, _ interest: Interest, _ handler: @escaping Handler
  ) throws(SystemError) {
    try control(EPOLL_CTL_ADD, descriptor.number, interest)
    handlers[descriptor.number] = handler
  }

  public func change(_ descriptor: Descriptor, to interest: Interest) throws(SystemError) {
    try control(EPOLL_CTL_MOD, descriptor.number, interest)
  }

  /// After this the handler is not called any more, even for what was already seen.
  public func remove(_ descriptor: Descriptor) {
    guard handlers.removeValue(forKey: descriptor.number) != nil else { return }
    var event = epoll_event()
    epoll_ctl(epoll.number, EPOLL_CTL_DEL, descriptor.number, &event)
  }

  private func control(
    _ operation: Int32, _ number: Int32, _ interest: Interest
  ) throws(SystemError) {
    var event = epoll_event()
    event.events = interest.rawValue
    event.data.fd = number
    guard epoll_ctl(epoll.number, operation, number, &event) == 0 else {
      throw SystemError("epoll_ctl", errno)
    }
  }

  // MARK: Time

  /// Calls `action` once, `span` from now (CLOCK_MONOTONIC). Keep the token to cancel it.
  @discardableResult
  public func after(_ span: TimeSpan, _ action: @escaping () -> Void) -> TimerToken {
    let nanoseconds = UInt64(clamping: max(0, span.milliseconds)).multipliedReportingOverflow(
      by: 1_000_000)
    let due = SystemClock.nanoseconds().addingReportingOverflow(
      nanoseconds.overflow ? .max : nanoseconds.partialValue)
    return timers.insert(due: due.overflow ? .max : due.partialValue, action)
  }

  public func cancel(_ token: TimerToken) { timers.cancel(token) }

  // MARK: From other threads

  /// Has `job` run on the loop's thread.
  public func post(_ job: @escaping @Sendable () -> Void) {
    inbox.withLock { $0.jobs.append(job) }
    wake()
  }

  public func stop() {
    inbox.withLock { $0.stops = true }
    wake()
  }

  public func wake() {
    var one: UInt64 = 1
    _ = write(bell.number, &one, 8)
  }

  // MARK: Running

  /// Runs until `stop`.
  public func run() {
    while runOnce(within: nil) {}
  }

  /// Waits once, at most `patience`, and handles what came; false after `stop`.
  @discardableResult
  public func runOnce(within patience: TimeSpan?) -> Bool {
    var events = [epoll_event](repeating: epoll_event(), count: 256)
    let count = epoll_wait(epoll.number, &events, 256, timeout(patience))
    for event in events.prefix(Int(max(0, count))) {
      if event.data.fd == bell.number {
        var value: UInt64 = 0
        _ = read(bell.number, &value, 8)
      } else if let handler = handlers[event.data.fd] {
        handler(Interest(rawValue: event.events))
      }
    }
    let now = SystemClock.nanoseconds()
    while let action = timers.popDue(now) { action() }
    let (jobs, stops) = inbox.withLock { state in
      defer { state.jobs = [] }
      return (state.jobs, state.stops)
    }
    for job in jobs { job() }
    return !stops
  }

  private func timeout(_ patience: TimeSpan?) -> Int32 {
    var wait = patience.map { max(0, $0.milliseconds) } ?? -1
    if let due = timers.nextDue {
      let now = SystemClock.nanoseconds()
      // Rounded up: waking a moment early would only spin.
      let left = due > now ? Int64(clamping: (due - now) / 1_000_000 + 1) : 0
      wait = wait < 0 ? left : min(wait, left)
    }
    return Int32(clamping: wait)
  }
}
