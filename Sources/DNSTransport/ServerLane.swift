import DNSModel
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
  /// Questions in a row that ended without a word that counts, and why the last of them did.
  private var unheard = 0
  private(set) var silence = DNSFailure.Reason.timedOut
  private var wasHeard = false
  /// Names about which it said nothing, although it answers about others.
  private var deafTo: Set<DomainName> = []
  /// So many, each with all its attempts, are no accident on the way.
  private static let unheardLimit = 8

  init(_ address: SocketAddress, width: Int, widest: Int, gap: UInt64) {
    self.address = address
    self.width = width
    self.widest = widest
    self.gap = gap
  }

  var isWaiting: Bool { head < queue.count }

  /// Nobody seems to be there: from now on one question at a time finds out whether that has changed, and
  /// the others do not wait for it. One that never said a word is believed to be silent at once.
  var isSilent: Bool { unheard >= (wasHeard ? Self.unheardLimit : 1) }

  /// Whether more than one attempt is worth the wait: not about a name that it passed over in silence, or one
  /// below that.
  func isWorthAskingAgain(about name: DomainName) -> Bool {
    guard !isSilent else { return false }
    var next: DomainName? = deafTo.isEmpty ? nil : name
    while let current = next {
      if deafTo.contains(current) { return false }
      next = current.parent
    }
    return true
  }

  mutating func enqueue(_ slot: Int32) { queue.append(slot) }

  /// The next question that may leave now.
  mutating func next(at now: UInt64) -> Int32? {
    guard head < queue.count, inFlight < (isSilent ? 1 : width), now >= notBefore else {
      return nil
    }
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

  mutating func forgetWaiting() { _ = takeWaiting() }

  mutating func takeWaiting() -> ArraySlice<Int32> {
    defer {
      queue.removeAll()
      head = 0
    }
    return queue[head...]
  }

  mutating func endedUnheard(_ reason: DNSFailure.Reason, about name: DomainName) {
    unheard += 1
    silence = reason
    if wasHeard { deafTo.insert(name) }
  }

  mutating func answered(about name: DomainName) {
    (unheard, wasHeard) = (0, true)
    if !deafTo.isEmpty { deafTo.remove(name) }
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
