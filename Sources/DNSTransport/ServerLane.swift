import SystemIO

/// The questions for one server: how many may be on their way at once, and which wait.
///
/// The width follows the server: each answer widens it a little, each silence halves it, so a quick
/// server gets all it can take and a struggling one is left in peace.
struct ServerLane {
  let address: SocketAddress
  private(set) var width: Int
  let widest: Int
  /// Nanoseconds between two questions at least; 0 for no limit but the width.
  let gap: UInt64
  var inFlight = 0
  private var queue: [Int32] = []
  private var head = 0
  private(set) var notBefore: UInt64 = 0
  private var answersSinceWider = 0

  init(_ address: SocketAddress, width: Int, widest: Int, gap: UInt64) {
    self.address = address
    self.width = width
    self.widest = widest
    self.gap = gap
  }

  var isWaiting: Bool { head < queue.count }

  mutating func enqueue(_ slot: Int32) { queue.append(slot) }

  /// The next question that may leave now.
  mutating func next(at now: UInt64) -> Int32? {
    guard head < queue.count, inFlight < width, now >= notBefore else { return nil }
    let slot = queue[head]
    head += 1
    if head > 1024, head * 2 > queue.count {
      queue.removeFirst(head)
      head = 0
    }
    if gap > 0 { notBefore = max(now > 2_000_000 ? now - 2_000_000 : 0, notBefore) + gap }
    return slot
  }

  /// Whether it only waits for the clock.
  var waitsForClock: Bool { isWaiting && inFlight < width && gap > 0 }

  mutating func forgetWaiting() {
    queue.removeAll()
    head = 0
  }

  mutating func answered() {
    answersSinceWider += 1
    guard answersSinceWider >= width / 2 else { return }
    answersSinceWider = 0
    width = min(widest, width * 2)
  }

  mutating func fellSilent() {
    width = max(4, width / 2)
    answersSinceWider = 0
  }
}
