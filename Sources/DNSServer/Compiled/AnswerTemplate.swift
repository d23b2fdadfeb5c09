import DNSModel

/// A whole response of the slow path, taken apart: what stays the same behind any question of its kind,
/// and where the rest is.
struct AnswerTemplate {
  let message: [UInt8]
  let nameLength: Int
  /// Where pointers stand that lead into the question, or behind it, but not to its very beginning: they
  /// move with its length. Counted from the question's end.
  private(set) var moving: [UInt16] = []
  /// Whether anything but an owner that is the question's name points into the question.
  private(set) var isShared = false
  /// The TTL of the last record, if that is a SOA record, from the question's end.
  private(set) var soaTTLOffset: UInt16?

  var bodyStart: Int { MessageHeader.byteCount + nameLength + 4 }

  init(_ message: [UInt8], asking name: DomainName) {
    self.message = message
    nameLength = name.wire.count
    var offset = bodyStart
    while offset < message.count {
      offset = passName(at: offset, isOwner: true)
      let type = RecordType(rawValue: number(at: offset))
      let dataLength = Int(number(at: offset + 8))
      let data = offset + 10
      if let places = NamePlaces(compressible: type) {
        var end = data + places.start
        for _ in 0..<places.count { end = passName(at: end, isOwner: false) }
      }
      soaTTLOffset = type == .soa ? UInt16(offset + 4 - bodyStart) : nil
      offset = data + dataLength
    }
  }

  /// The answer that is this set under the question's name, whose records hold no names.
  init(of rrset: RRset) {
    var header = MessageHeader()
    header.isResponse = true
    header.isAuthoritative = true
    var message: [UInt8] = []
    let size = rrset.data.reduce(0) { $0 + 12 + $1.wire.count }
    nameLength = rrset.owner.wire.count
    message.reserveCapacity(MessageHeader.byteCount + nameLength + 4 + size)
    for number in [header.id, header.flags, 1, UInt16(clamping: rrset.data.count), 0, 0] {
      message.append(number16: number)
    }
    message += rrset.owner.wire
    message.append(number16: rrset.type.rawValue)
    message.append(number16: RecordClass.internet.rawValue)
    for data in rrset.data {
      message.append(number16: 0xC000 | UInt16(MessageHeader.byteCount))
      message.append(number16: rrset.type.rawValue)
      message.append(number16: RecordClass.internet.rawValue)
      message.append(number: rrset.ttl.seconds)
      message.append(number16: UInt16(clamping: data.wire.count))
      message += data.wire
    }
    self.message = message
  }

  private func number(at offset: Int) -> UInt16 {
    UInt16(message[offset]) << 8 | UInt16(message[offset + 1])
  }

  private mutating func passName(at start: Int, isOwner: Bool) -> Int {
    var offset = start
    while message[offset] != 0 {
      guard message[offset] >= 0xC0 else {
        offset += 1 + Int(message[offset])
        continue
      }
      let target = Int(number(at: offset) & 0x3FFF)
      let isWhole = target == MessageHeader.byteCount
      if !isWhole { moving.append(UInt16(offset - bodyStart)) }
      if target < bodyStart, !(isWhole && isOwner && offset == start) { isShared = true }
      return offset + 2
    }
    return offset + 1
  }
}

extension AnswerArena {
  /// `isFixed`: the question is always this one, so that no pointer moves.
  func store(_ template: AnswerTemplate, isFixed: Bool) -> UnsafePointer<CompiledMessage> {
    let bytes = template.message
    let body = bytes[template.bodyStart...]
    let pointers = isFixed ? [] : template.moving
    let headSize = MemoryLayout<CompiledMessage>.size
    let place = allocate(headSize + 2 * pointers.count + body.count)
    func number(_ offset: Int) -> UInt16 {
      (UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])).bigEndian
    }
    let head = place.bindMemory(to: CompiledMessage.self, capacity: 1)
    head.initialize(
      to: CompiledMessage(
        flags: number(2), counts: (number(6), number(8), number(10)), length: UInt16(body.count),
        pointerCount: UInt16(pointers.count), nameLength: UInt16(template.nameLength),
        soaTTLOffset: template.soaTTLOffset ?? 0))
    (place + headSize).copyMemory(from: pointers, byteCount: 2 * pointers.count)
    body.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      (place + (headSize + 2 * pointers.count)).copyMemory(from: base, byteCount: buffer.count)
    }
    return UnsafePointer(head)
  }
}
