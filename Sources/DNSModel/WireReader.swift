/// Reads a message from front to back. Every step is bounds-checked; nothing it meets can trap.
public struct WireReader: Sendable {
  public let bytes: [UInt8]
  public private(set) var offset: Int

  public init(_ bytes: [UInt8], at offset: Int = 0) {
    self.bytes = bytes
    self.offset = min(max(offset, 0), bytes.count)
  }

  public var remaining: Int { bytes.count - offset }

  public mutating func byte() throws(MessageError) -> UInt8 {
    guard remaining >= 1 else { throw .endsInside(offset: offset) }
    defer { offset += 1 }
    return bytes[offset]
  }

  public mutating func number16() throws(MessageError) -> UInt16 {
    guard remaining >= 2 else { throw .endsInside(offset: offset) }
    defer { offset += 2 }
    return UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
  }

  public mutating func number32() throws(MessageError) -> UInt32 {
    let high = try number16()
    return try UInt32(high) << 16 | UInt32(number16())
  }

  public mutating func take(_ count: Int) throws(MessageError) -> ArraySlice<UInt8> {
    guard count >= 0, remaining >= count else { throw .endsInside(offset: offset) }
    defer { offset += count }
    return bytes[offset..<(offset + count)]
  }

  /// A name, uncompressed. Each pointer must lead to before the place the last one led to, so there
  /// are no loops, and what is read stays within 255 bytes however the pointers lie.
  public mutating func name() throws(MessageError) -> DomainName {
    let start = offset
    var position = start
    var bound = start
    var end: Int?
    var count = 0
    // First only looked at: what turns out to be a name is then copied once, at its length.
    while true {
      guard position < bytes.count else { throw .endsInside(offset: start) }
      let length = Int(bytes[position])
      if length >= 0xC0 {
        guard position + 1 < bytes.count else { throw .endsInside(offset: start) }
        let target = (length & 0x3F) << 8 | Int(bytes[position + 1])
        guard target < bound, target >= MessageHeader.byteCount else {
          throw .badName(offset: start)
        }
        end = end ?? position + 2
        bound = target
        position = target
        continue
      }
      let next = position + 1 + length
      guard length <= 63, count + 1 + length <= DomainName.wireLimit else {
        throw .badName(offset: start)
      }
      guard next <= bytes.count else { throw .endsInside(offset: start) }
      count += 1 + length
      position = next
      if length == 0 { break }
    }
    offset = end ?? position
    return DomainName(validWire: labels(from: start, count: count))
  }

  /// The labels from `start` on, `count` bytes of them, pointers followed; they have been looked at.
  private func labels(from start: Int, count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      var position = start
      while filled < count {
        let length = Int(bytes[position])
        if length >= 0xC0 {
          position = (length & 0x3F) << 8 | Int(bytes[position + 1])
          continue
        }
        for place in position...(position + length) {
          buffer[filled] = bytes[place]
          filled += 1
        }
        position += length + 1
      }
    }
  }

  public mutating func question() throws(MessageError) -> Question {
    let name = try name()
    let type = try RecordType(rawValue: number16())
    return try Question(name, type, RecordClass(rawValue: number16()))
  }
}

extension WireReader {
  /// The data of a record, `length` bytes of the message from here on, with its names uncompressed.
  mutating func data(of type: RecordType, length: Int) throws(MessageError) -> [UInt8] {
    let start = offset
    guard remaining >= length else { throw .endsInside(offset: start) }
    let end = start + length
    guard length > 0, let places = NamePlaces(expandable: type, bytes[start..<end]) else {
      return try Array(take(length))
    }
    var data = try Array(take(min(places.start, length)))
    for _ in 0..<places.count {
      guard offset < end else { throw .badData(type, offset: start) }
      data += try name().wire
      guard offset <= end else { throw .badData(type, offset: start) }
    }
    data += try take(end - offset)
    return data
  }
}
