/// An IPv4 or IPv6 address.
public enum IPAddress: Hashable, Sendable {
  case v4(V4)
  case v6(V6)

  public struct V4: Hashable, Sendable {
    public let bytes: [UInt8]

    /// Nil unless there are four.
    public init?(bytes: [UInt8]) {
      guard bytes.count == 4 else { return nil }
      self.bytes = bytes
    }
  }

  public struct V6: Hashable, Sendable {
    public let bytes: [UInt8]

    /// Nil unless there are sixteen.
    public init?(bytes: [UInt8]) {
      guard bytes.count == 16 else { return nil }
      self.bytes = bytes
    }
  }

  /// Nil unless there are four or sixteen.
  public init?(bytes: [UInt8]) {
    if let address = V4(bytes: bytes) {
      self = .v4(address)
    } else if let address = V6(bytes: bytes) {
      self = .v6(address)
    } else {
      return nil
    }
  }

  public var bytes: [UInt8] {
    switch self {
    case .v4(let address): address.bytes
    case .v6(let address): address.bytes
    }
  }

  /// Nil unless the text is one address: four decimal numbers, or RFC 4291 §2.2's notations.
  public init?(parsing text: some StringProtocol) {
    let text = Array(text.utf8)
    if let address = V4(parsing: text[...]) {
      self = .v4(address)
    } else if let address = V6(parsing: text[...]) {
      self = .v6(address)
    } else {
      return nil
    }
  }
}

extension IPAddress.V4: CustomStringConvertible {
  public var description: String { bytes.map { String($0) }.joined(separator: ".") }

  /// Four decimal numbers up to 255. A leading zero is refused: some would read it as octal.
  init?(parsing text: ArraySlice<UInt8>) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4)
    var value = -1
    for byte in text {
      if byte == UInt8(ascii: ".") {
        guard value >= 0, bytes.count < 3 else { return nil }
        bytes.append(UInt8(value))
        value = -1
      } else {
        guard isDigit(byte), value != 0 else { return nil }
        value = max(value, 0) * 10 + Int(byte & 15)
        guard value <= 255 else { return nil }
      }
    }
    guard value >= 0, bytes.count == 3 else { return nil }
    bytes.append(UInt8(value))
    self.bytes = bytes
  }
}

extension IPAddress.V6: CustomStringConvertible {
  /// RFC 5952: lowercase, no leading zeros, the longest run of zero groups as `::`.
  public var description: String {
    let groups = stride(from: 0, to: 16, by: 2).map {
      UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
    }
    var longest = 0..<0
    var start = 0
    for index in 0...8 where index == 8 || groups[index] != 0 {
      if index - start > max(longest.count, 1) { longest = start..<index }
      start = index + 1
    }
    func text(_ range: Range<Int>) -> String {
      groups[range].map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard !longest.isEmpty else { return text(0..<8) }
    return text(0..<longest.lowerBound) + "::" + text(longest.upperBound..<8)
  }

  /// RFC 4291 §2.2: eight groups, `::` once in the place of one or more, IPv4's notation at the end.
  init?(parsing text: ArraySlice<UInt8>) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    var gap: Int?
    var offset = text.startIndex
    let colon = UInt8(ascii: ":")
    if text.starts(with: [colon, colon]) {
      gap = 0
      offset += 2
    }
    while offset < text.endIndex {
      let group = text[offset...].prefix { $0 != colon }
      if group.contains(UInt8(ascii: ".")) {
        guard group.endIndex == text.endIndex, let tail = IPAddress.V4(parsing: group) else {
          return nil
        }
        bytes += tail.bytes
        break
      }
      guard let value = Self.group(group), bytes.count < 16 else { return nil }
      bytes += RecordData.bytes(value)
      offset = group.endIndex
      guard offset < text.endIndex else { break }
      offset += 1
      guard offset < text.endIndex else { return nil }
      if text[offset] == colon {
        guard gap == nil else { return nil }
        gap = bytes.count
        offset += 1
      }
    }
    if let gap {
      guard bytes.count <= 14 else { return nil }
      bytes.insert(contentsOf: repeatElement(0, count: 16 - bytes.count), at: gap)
    }
    self.init(bytes: bytes)
  }

  private static func group(_ text: ArraySlice<UInt8>) -> UInt16? {
    guard (1...4).contains(text.count) else { return nil }
    var value: UInt16 = 0
    for byte in text {
      guard let digit = hexValue(byte) else { return nil }
      value = value << 4 | UInt16(digit)
    }
    return value
  }
}

extension IPAddress: CustomStringConvertible {
  public var description: String {
    switch self {
    case .v4(let address): address.description
    case .v6(let address): address.description
    }
  }
}

@inline(__always)
func hexValue(_ byte: UInt8) -> UInt8? {
  if isDigit(byte) { return byte & 15 }
  let letter = (byte | 0x20) &- UInt8(ascii: "a")
  return letter < 6 ? letter + 10 : nil
}
