/// The signed updates that were taken lately, by their MAC. A copy that comes again while its time
/// of signing is still good is not done a second time: it gets the answer of the first, as a
/// retransmission should, and a replay changes nothing (RFC 8945 §5.2.3 asks to notice these).
struct ReplayMemory {
  enum Finding: Hashable {
    case new
    /// The first one is still being worked on: its answer will serve.
    case underway
    case answered(UInt16)
  }

  /// So many are remembered; the oldest make room.
  private static let limit = 100_000

  private var codes: [[UInt8]: UInt16?] = [:]
  private var order: [(mac: [UInt8], until: UInt64)] = []
  private var first = 0

  /// `until`: when the request's signature is too old by itself.
  mutating func look(for mac: [UInt8], until: UInt64, now: UInt64) -> Finding {
    forget(now)
    if let known = codes[mac] { return known.map(Finding.answered) ?? .underway }
    codes[mac] = .some(nil)
    order.append((mac, until))
    return .new
  }

  mutating func answered(_ mac: [UInt8], with code: UInt16) {
    guard codes[mac] != nil else { return }
    codes[mac] = .some(code)
  }

  /// Not done, and not to be held against the one who tries again.
  mutating func forget(_ mac: [UInt8]) { codes[mac] = nil }

  private mutating func forget(_ now: UInt64) {
    while first < order.count, order[first].until < now || order.count - first >= Self.limit {
      codes[order[first].mac] = nil
      first += 1
    }
    if first > 1024, first > order.count / 2 {
      order.removeFirst(first)
      first = 0
    }
  }
}
