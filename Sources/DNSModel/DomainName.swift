/// A domain name as the wire has it: labels with their lengths, the root's zero byte last, never
/// compressed. The case it was written in is kept; comparing and hashing fold A–Z (RFC 4343).
public struct DomainName: Sendable {
  /// At most 255 bytes, each label at most 63 (RFC 1035 §2.3.4).
  public let wire: [UInt8]

  public static let root = DomainName(validWire: [0])
  public static let wireLimit = 255

  /// For callers that have just checked the form themselves.
  init(validWire wire: [UInt8]) { self.wire = wire }

  /// Nil unless the bytes are one whole uncompressed name within the limits.
  public init?(wire: [UInt8]) {
    guard wire.count <= Self.wireLimit else { return nil }
    var offset = 0
    while offset < wire.count {
      let length = Int(wire[offset])
      if length == 0 {
        guard offset == wire.count - 1 else { return nil }
        self.wire = wire
        return
      }
      guard length <= 63 else { return nil }
      offset += length + 1
    }
    return nil
  }

  /// Nil when a label is empty or over 63 bytes, or the whole over 255.
  public init?(labels: [[UInt8]]) {
    var wire: [UInt8] = []
    for label in labels {
      guard !label.isEmpty, label.count <= 63 else { return nil }
      wire.append(UInt8(label.count))
      wire += label
    }
    wire.append(0)
    guard wire.count <= Self.wireLimit else { return nil }
    self.wire = wire
  }

  public var isRoot: Bool { wire.count == 1 }
  public var isWildcard: Bool { wire.count > 2 && wire[0] == 1 && wire[1] == UInt8(ascii: "*") }

  /// From the leftmost on, the root left out.
  public var labels: [[UInt8]] {
    var labels: [[UInt8]] = []
    var offset = 0
    while wire[offset] != 0 {
      let next = offset + 1 + Int(wire[offset])
      labels.append(Array(wire[(offset + 1)..<next]))
      offset = next
    }
    return labels
  }

  public var labelCount: Int {
    var count = 0
    var offset = 0
    while wire[offset] != 0 {
      offset += 1 + Int(wire[offset])
      count += 1
    }
    return count
  }

  /// The name without its leftmost label; nil for the root.
  public var parent: DomainName? {
    guard !isRoot else { return nil }
    return DomainName(validWire: Array(wire[(1 + Int(wire[0]))...]))
  }

  /// `label` in front of this name; nil where that would be too long.
  public func prepending(_ label: [UInt8]) -> DomainName? {
    guard !label.isEmpty, label.count <= 63, wire.count + label.count + 1 <= Self.wireLimit else {
      return nil
    }
    return DomainName(validWire: [UInt8(label.count)] + label + wire)
  }

  public func prepending(_ label: String) -> DomainName? { prepending(Array(label.utf8)) }

  /// `*.` in front of this name; nil where that would be too long.
  public var wildcardChild: DomainName? { prepending([UInt8(ascii: "*")]) }

  /// True for the name itself and for everything below it.
  public func isWithin(_ ancestor: DomainName) -> Bool {
    let surplus = wire.count - ancestor.wire.count
    guard surplus >= 0 else { return false }
    // The ancestor must begin where one of our labels begins.
    var offset = 0
    while offset < surplus { offset += 1 + Int(wire[offset]) }
    guard offset == surplus else { return false }
    for index in 0..<ancestor.wire.count
    where Self.folded(wire[offset + index]) != Self.folded(ancestor.wire[index]) {
      return false
    }
    return true
  }

  public func isBelow(_ ancestor: DomainName) -> Bool {
    wire.count > ancestor.wire.count && isWithin(ancestor)
  }

  /// This name with the ending `suffix` exchanged for `replacement`, as DNAME does (RFC 6672).
  /// Nil when it does not end so, or when the result is too long.
  public func replacingSuffix(_ suffix: DomainName, with replacement: DomainName) -> DomainName? {
    guard isWithin(suffix) else { return nil }
    let kept = wire.count - suffix.wire.count
    guard kept + replacement.wire.count <= Self.wireLimit else { return nil }
    return DomainName(validWire: wire[..<kept] + replacement.wire)
  }

  /// The wire form with A–Z folded: the key for tables, and the canonical form of RFC 4034 §6.2.
  /// (Length bytes are below 64, so folding cannot touch them.)
  public var foldedWire: [UInt8] { wire.map(Self.folded) }

  public var folded: DomainName { DomainName(validWire: foldedWire) }

  @inline(__always)
  public static func folded(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }
}

extension DomainName: Hashable {
  public static func == (left: DomainName, right: DomainName) -> Bool {
    left.wire.withUnsafeBufferPointer { left in
      right.wire.withUnsafeBufferPointer { right in
        guard left.count == right.count else { return false }
        for index in 0..<left.count where left[index] != right[index] {
          guard folded(left[index]) == folded(right[index]) else { return false }
        }
        return true
      }
    }
  }

  public func hash(into hasher: inout Hasher) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: wire.count) { folded in
      wire.withUnsafeBufferPointer { wire in
        for index in 0..<wire.count { folded[index] = Self.folded(wire[index]) }
      }
      hasher.combine(bytes: UnsafeRawBufferPointer(folded))
    }
  }
}

extension DomainName: Comparable {
  /// DNSSEC's canonical order (RFC 4034 §6.1): by labels from the right, each as folded bytes.
  public static func < (left: DomainName, right: DomainName) -> Bool {
    let (leftStarts, rightStarts) = (left.labelStarts, right.labelStarts)
    for (leftStart, rightStart) in zip(leftStarts.reversed(), rightStarts.reversed()) {
      let leftLabel = left.wire[(leftStart + 1)...].prefix(Int(left.wire[leftStart]))
      let rightLabel = right.wire[(rightStart + 1)...].prefix(Int(right.wire[rightStart]))
      if let difference = zip(leftLabel, rightLabel).first(where: { folded($0) != folded($1) }) {
        return folded(difference.0) < folded(difference.1)
      }
      if leftLabel.count != rightLabel.count { return leftLabel.count < rightLabel.count }
    }
    return leftStarts.count < rightStarts.count
  }

  private var labelStarts: [Int] {
    var starts: [Int] = []
    var offset = 0
    while wire[offset] != 0 {
      starts.append(offset)
      offset += 1 + Int(wire[offset])
    }
    return starts
  }
}
