import DNSModel
import Digests

/// What a zone contains, in sixteen bytes: the sum of the hashes of its RRsets. It is kept up with each
/// change at the cost of the change, and tells a journal which content it goes on from.
struct ZoneFingerprint: Hashable, Sendable {
  private(set) var high: UInt64 = 0
  private(set) var low: UInt64 = 0

  init() {}

  init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  init(of rrsets: some Sequence<RRset>) {
    for rrset in rrsets { add(rrset) }
  }

  mutating func add(_ rrset: RRset) {
    let (high, low) = Self.hash(rrset)
    self.high &+= high
    self.low &+= low
  }

  mutating func remove(_ rrset: RRset) {
    let (high, low) = Self.hash(rrset)
    self.high &-= high
    self.low &-= low
  }

  mutating func apply(_ changes: [RRsetChange]) {
    for change in changes {
      if let before = change.before { remove(before) }
      if let after = change.after { add(after) }
    }
  }

  private static func hash(_ rrset: RRset) -> (UInt64, UInt64) {
    var bytes = rrset.owner.foldedWire
    bytes.append(number: UInt32(rrset.type.rawValue))
    bytes.append(number: rrset.ttl.seconds)
    let data = rrset.data.map(\.wire).sorted { $0.lexicographicallyPrecedes($1) }
    for wire in data {
      bytes.append(number: UInt32(clamping: wire.count))
      bytes += wire
    }
    let digest = HashFunction.sha256.hash(bytes)
    func number(_ range: Range<Int>) -> UInt64 {
      digest[range].reduce(0) { $0 << 8 | UInt64($1) }
    }
    return (number(0..<8), number(8..<16))
  }
}

extension [UInt8] {
  mutating func append(number value: UInt32) {
    for shift: UInt32 in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: value >> shift)) }
  }
}
