/// Data made from values, and values taken from data, for the types the product itself reasons about.
extension RecordData {
  public static func a(_ address: IPAddress.V4) -> RecordData {
    RecordData(type: .a, wire: address.bytes)
  }

  public static func aaaa(_ address: IPAddress.V6) -> RecordData {
    RecordData(type: .aaaa, wire: address.bytes)
  }

  /// A or AAAA, as the address is.
  public static func address(_ address: IPAddress) -> RecordData {
    switch address {
    case .v4(let address): a(address)
    case .v6(let address): aaaa(address)
    }
  }

  public static func cname(_ target: DomainName) -> RecordData {
    RecordData(type: .cname, wire: target.wire)
  }

  public static func dname(_ target: DomainName) -> RecordData {
    RecordData(type: .dname, wire: target.wire)
  }

  public static func ns(_ server: DomainName) -> RecordData {
    RecordData(type: .ns, wire: server.wire)
  }

  public static func ptr(_ target: DomainName) -> RecordData {
    RecordData(type: .ptr, wire: target.wire)
  }

  public static func mx(preference: UInt16, exchange: DomainName) -> RecordData {
    RecordData(type: .mx, wire: bytes(preference) + exchange.wire)
  }

  public static func srv(
    priority: UInt16, weight: UInt16, port: UInt16, target: DomainName
  ) -> RecordData {
    RecordData(type: .srv, wire: bytes(priority) + bytes(weight) + bytes(port) + target.wire)
  }

  /// One string of a TXT record, cut into pieces of 255 bytes where it is longer. Nil where even so
  /// it does not fit in a record.
  public static func txt(_ text: String) -> RecordData? {
    let bytes = Array(text.utf8)
    guard bytes.count > 255 else { return txt([bytes]) }
    return txt(
      stride(from: 0, to: bytes.count, by: 255).map {
        Array(bytes[$0..<min($0 + 255, bytes.count)])
      })
  }

  /// Nil when there is no string, one is over 255 bytes, or all together over 65535.
  public static func txt(_ strings: [[UInt8]]) -> RecordData? {
    var wire: [UInt8] = []
    for string in strings {
      guard let length = UInt8(exactly: string.count) else { return nil }
      wire.append(length)
      wire += string
    }
    guard !wire.isEmpty, wire.count <= wireLimit else { return nil }
    return RecordData(type: .txt, wire: wire)
  }

  public static func soa(_ soa: SOA) -> RecordData {
    var wire = soa.primary.wire + soa.mailbox.wire
    for number in [soa.serial.number, soa.refresh, soa.retry, soa.expire, soa.minimum] {
      wire += bytes(UInt16(number >> 16)) + bytes(UInt16(truncatingIfNeeded: number))
    }
    return RecordData(type: .soa, wire: wire)
  }

  /// Nil where the tag is empty, over 255 bytes or has more than letters and digits.
  public static func caa(flags: UInt8, tag: String, value: [UInt8]) -> RecordData? {
    let tag = Array(tag.utf8)
    guard tag.count <= 255 else { return nil }
    return try? RecordData(checking: .caa, wire: [flags, UInt8(tag.count)] + tag + value)
  }

  static func bytes(_ number: UInt16) -> [UInt8] {
    [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
  }
}

extension RecordData {
  public var cnameTarget: DomainName? { type == .cname ? name(at: 0) : nil }
  public var dnameTarget: DomainName? { type == .dname ? name(at: 0) : nil }
  public var nsTarget: DomainName? { type == .ns ? name(at: 0) : nil }
  public var ptrTarget: DomainName? { type == .ptr ? name(at: 0) : nil }

  public var address: IPAddress? {
    switch type {
    case .a: IPAddress.V4(bytes: wire).map { .v4($0) }
    case .aaaa: IPAddress.V6(bytes: wire).map { .v6($0) }
    default: nil
    }
  }

  public var mx: (preference: UInt16, exchange: DomainName)? {
    guard type == .mx, let exchange = name(at: 2) else { return nil }
    return (number16(at: 0), exchange)
  }

  public var srv: (priority: UInt16, weight: UInt16, port: UInt16, target: DomainName)? {
    guard type == .srv, let target = name(at: 6) else { return nil }
    return (number16(at: 0), number16(at: 2), number16(at: 4), target)
  }

  public var txtStrings: [[UInt8]]? {
    guard type == .txt || type == .spf else { return nil }
    var strings: [[UInt8]] = []
    var offset = 0
    while offset < wire.count {
      let end = offset + 1 + Int(wire[offset])
      guard end <= wire.count else { return nil }
      strings.append(Array(wire[(offset + 1)..<end]))
      offset = end
    }
    return strings
  }

  /// A TXT record's strings put together, as most users of TXT read them.
  public var txtText: String? {
    txtStrings.map { String(decoding: $0.joined(), as: UTF8.self) }
  }

  public var caa: (flags: UInt8, tag: String, value: [UInt8])? {
    guard type == .caa, wire.count >= 2 else { return nil }
    let end = 2 + Int(wire[1])
    guard end <= wire.count else { return nil }
    return (wire[0], String(decoding: wire[2..<end], as: UTF8.self), Array(wire[end...]))
  }

  public var soa: SOA? {
    guard type == .soa, let primary = name(at: 0), let mailbox = name(at: primary.wire.count)
    else { return nil }
    let start = primary.wire.count + mailbox.wire.count
    guard wire.count == start + 20 else { return nil }
    return SOA(
      primary: primary, mailbox: mailbox, serial: Serial(number32(at: start)),
      refresh: number32(at: start + 4), retry: number32(at: start + 8),
      expire: number32(at: start + 12), minimum: number32(at: start + 16))
  }

  func name(at offset: Int) -> DomainName? {
    var check = RecordDataCheck(type: type, wire: wire)
    check.offset = offset
    guard offset <= wire.count, (try? check.skipName()) != nil else { return nil }
    return DomainName(validWire: Array(wire[offset..<check.offset]))
  }

  func number16(at offset: Int) -> UInt16 {
    UInt16(wire[offset]) << 8 | UInt16(wire[offset + 1])
  }

  func number32(at offset: Int) -> UInt32 {
    UInt32(number16(at: offset)) << 16 | UInt32(number16(at: offset + 2))
  }
}
