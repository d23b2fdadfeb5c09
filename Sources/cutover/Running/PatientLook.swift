import Notation
import SystemIO

/// A look that may take seconds, on a thread of its own: who asks goes on without it, and asks again.
final class PatientLook<Finding: Sendable> {
  private final class Board: @unchecked Sendable {
    private let monitor = Monitor()
    private var finding: Finding?

    func put(_ finding: Finding) {
      monitor.locked {
        self.finding = finding
        monitor.wakeAll()
      }
    }

    func take(within span: TimeSpan) -> Finding? {
      monitor.locked {
        if finding == nil { monitor.wait(for: span) }
        defer { finding = nil }
        return finding
      }
    }
  }

  private let board = Board()
  private var current: (thread: Thread, began: UTCInstant)?
  /// What is quick is not asked for twice.
  private static var courtesy: TimeSpan { .milliseconds(500) }

  var isUnderWay: Bool { current != nil }

  /// What was seen, and when that look began; nil while it goes on.
  func take(
    at now: UTCInstant, _ work: @escaping @Sendable () -> Finding
  ) -> (finding: Finding, began: UTCInstant)? {
    if current == nil {
      let board = board
      guard let thread = try? Thread("look", { board.put(work()) }) else { return (work(), now) }
      current = (thread, now)
    }
    guard let (thread, began) = current, let finding = board.take(within: Self.courtesy) else {
      return nil
    }
    thread.join()
    current = nil
    return (finding, began)
  }

  deinit { current?.thread.join() }
}
