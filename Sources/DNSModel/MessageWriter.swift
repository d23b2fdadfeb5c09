/// Writes a message front to back within a limit, compressing names as it goes (RFC 1035 §4.1.4).
///
/// Suffixes are shared only where they agree byte for byte: the case of a zone's names and of the
/// names in its data comes out as it was written, whatever case the question came in. Only an owner
/// that *is* the question's name always points there, so that the asker finds its own spelling.
/// Where `sharesQuestion` is false, it is all that points into the question.
public struct MessageWriter: Sendable {
  public private(set) var bytes: [UInt8] = []
  public let limit: Int
  private var suffixes: [Suffix] = []
  private var questionName: DomainName?

  /// A name that was written out, from one of its labels on.
  private struct Suffix: Sendable {
    let hash: UInt32
    let offset: UInt16
  }

  /// A place to return to when a record set turns out not to fit whole.
  public struct Mark: Sendable {
    let byteCount: Int
    let suffixCount: Int
  }

  /// What a transfer's large messages may remember; beyond it names are only written out.
  private static let suffixLimit = 512

  public init(
    _ header: MessageHeader, limit: Int = 65535, questions: [Question] = [],
    sharesQuestion: Bool = true
  ) {
    self.limit = min(max(limit, MessageHeader.byteCount), 65535)
    bytes.reserveCapacity(min(self.limit, 512))
    append(header.id)
    append(header.flags)
    bytes += [0, 0, 0, 0, 0, 0, 0, 0]
    for question in questions {
      appendName(question.name)
      append(question.type.rawValue)
      append(question.recordClass.rawValue)
    }
    if !sharesQuestion { suffixes = [] }
    questionName = questions.first?.name
    count(questions.count, in: .question)
  }

  public enum Section: Int, Sendable, CaseIterable {
    case question = 4
    case answer = 6
    case authority = 8
    case additional = 10
  }

  public var mark: Mark { Mark(byteCount: bytes.count, suffixCount: suffixes.count) }

  /// Takes back everything behind `mark`; the counts are the caller's (`count`).
  public mutating func rewind(to mark: Mark) {
    bytes.removeSubrange(mark.byteCount...)
    suffixes.removeSubrange(mark.suffixCount...)
  }

  /// Raises the count of a section.
  public mutating func count(_ records: Int, in section: Section) {
    let sum = UInt16(clamping: Int(number(at: section.rawValue)) + records)
    set(sum, at: section.rawValue)
  }

  public var header: MessageHeader {
    get { MessageHeader(id: number(at: 0), flags: number(at: 2)) }
    set {
      set(newValue.id, at: 0)
      set(newValue.flags, at: 2)
    }
  }

  /// One record; false, with nothing written, where it does not fit in the limit less `reserve`.
  public mutating func append(
    owner: DomainName, type: RecordType, recordClass: RecordClass, ttl: UInt32, data: [UInt8],
    reserve: Int = 0
  ) -> Bool {
    let mark = mark
    if owner == questionName, !owner.isRoot {
      bytes.append(0xC0)
      bytes.append(UInt8(MessageHeader.byteCount))
    } else {
      appendName(owner)
    }
    append(type.rawValue)
    append(recordClass.rawValue)
    append(UInt16(truncatingIfNeeded: ttl >> 16))
    append(UInt16(truncatingIfNeeded: ttl))
    let lengthOffset = bytes.count
    append(UInt16(0))
    appendData(data, of: type)
    let length = bytes.count - lengthOffset - 2
    guard bytes.count + reserve <= limit, length <= 0xFFFF else {
      rewind(to: mark)
      return false
    }
    set(UInt16(length), at: lengthOffset)
    return true
  }

  /// The OPT record (RFC 6891 §6.1.2); false where it does not fit.
  public mutating func append(_ edns: EDNS, responseCode: ResponseCode) -> Bool {
    guard bytes.count + edns.byteCount <= limit else { return false }
    let flags = edns.flags(
      upperResponseCode: UInt8(truncatingIfNeeded: responseCode.rawValue >> 4))
    bytes.append(0)
    append(RecordType.opt.rawValue)
    append(edns.payloadSize)
    append(UInt16(truncatingIfNeeded: flags >> 16))
    append(UInt16(truncatingIfNeeded: flags))
    append(UInt16(clamping: edns.byteCount - 11))
    for option in edns.options {
      append(option.code)
      append(UInt16(clamping: option.data.count))
      bytes += option.data
    }
    return true
  }

  // MARK: Names

  private mutating func appendData(_ data: [UInt8], of type: RecordType) {
    guard let places = NamePlaces(compressible: type), data.count > places.start else {
      bytes += data
      return
    }
    bytes += data[..<places.start]
    var offset = places.start
    for _ in 0..<places.count {
      guard let end = endOfName(data, from: offset) else { break }
      appendName(DomainName(validWire: Array(data[offset..<end])))
      offset = end
    }
    bytes += data[offset...]
  }

  private func endOfName(_ data: [UInt8], from start: Int) -> Int? {
    var offset = start
    while offset < data.count {
      let length = Int(data[offset])
      guard length <= 63 else { return nil }
      offset += 1 + length
      if length == 0 { return offset <= data.count ? offset : nil }
    }
    return nil
  }

  private mutating func appendName(_ name: DomainName) {
    let wire = name.wire
    // Hashes of all suffixes, from the root leftwards: each label adds itself to what follows it.
    withUnsafeTemporaryAllocation(of: (start: Int, hash: UInt32).self, capacity: 128) { labels in
      var labelCount = 0
      var offset = 0
      while wire[offset] != 0, labelCount < 128 {
        labels[labelCount] = (offset, 0)
        labelCount += 1
        offset += 1 + Int(wire[offset])
      }
      var hash: UInt32 = 0x811C_9DC5
      for index in stride(from: labelCount - 1, through: 0, by: -1) {
        let start = labels[index].start
        for position in start...(start + Int(wire[start])) {
          hash = (hash ^ UInt32(wire[position])) &* 0x0100_0193
        }
        labels[index].hash = hash
      }
      for index in 0..<labelCount {
        let (start, hash) = labels[index]
        if let target = place(of: wire, from: start, hash: hash) {
          append(0xC000 | target)
          return
        }
        if bytes.count < 0x4000, suffixes.count < Self.suffixLimit {
          suffixes.append(Suffix(hash: hash, offset: UInt16(bytes.count)))
        }
        bytes += wire[start...(start + Int(wire[start]))]
      }
      bytes.append(0)
    }
  }

  private func place(of wire: [UInt8], from start: Int, hash: UInt32) -> UInt16? {
    for suffix in suffixes where suffix.hash == hash {
      if stands(wire, from: start, at: Int(suffix.offset)) { return suffix.offset }
    }
    return nil
  }

  /// Whether the name written at `place` is `wire` from `start` on. We wrote it, so its pointers are
  /// sound.
  private func stands(_ wire: [UInt8], from start: Int, at place: Int) -> Bool {
    var position = place
    var offset = start
    while true {
      while bytes[position] >= 0xC0 {
        position = Int(bytes[position] & 0x3F) << 8 | Int(bytes[position + 1])
      }
      let length = Int(bytes[position])
      guard wire[offset] == bytes[position] else { return false }
      if length == 0 { return true }
      for index in 1...length where wire[offset + index] != bytes[position + index] {
        return false
      }
      position += 1 + length
      offset += 1 + length
    }
  }

  // MARK: Numbers

  private mutating func append(_ value: UInt16) { bytes.append(bigEndian16: value) }

  private func number(at offset: Int) -> UInt16 {
    UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
  }

  private mutating func set(_ value: UInt16, at offset: Int) { bytes.write(value, at: offset) }
}
