/// Walks a record's data along its type's fields, and says where it departs from them.
struct RecordDataCheck {
  let type: RecordType
  let wire: [UInt8]
  var offset = 0

  init(type: RecordType, wire: [UInt8]) {
    self.type = type
    self.wire = wire
  }

  var remaining: Int { wire.count - offset }

  func wrong(_ reason: String) -> RecordDataError {
    RecordDataError(type: type, offset: offset, reason: reason)
  }

  mutating func run() throws(RecordDataError) {
    guard wire.count <= RecordData.wireLimit else { throw wrong("65535 bytes are the limit") }
    guard let schema = RecordSchema.of(type) else { return }
    for field in schema.fields { try skip(field) }
    guard remaining == 0 else { throw wrong("\(remaining) bytes are left over") }
  }

  mutating func take(_ count: Int, _ what: String) throws(RecordDataError) {
    guard remaining >= count else {
      throw wrong("\(what) needs \(count) bytes and \(remaining) are left")
    }
    offset += count
  }

  mutating func byte(_ what: String) throws(RecordDataError) -> Int {
    try take(1, what)
    return Int(wire[offset - 1])
  }

  mutating func skip(_ field: RecordField) throws(RecordDataError) {
    switch field {
    case .name: try skipName()
    case .number(let count): try take(count, "the number")
    case .period, .instant: try take(4, "the time")
    case .ipv4: try take(4, "the IPv4 address")
    case .ipv6: try take(16, "the IPv6 address")
    case .string: try skipString()
    case .digits: try skipDigits()
    case .strings:
      repeat { try skipString() } while remaining > 0
    case .optionalString: if remaining > 0 { try skipString() }
    case .type, .certificateType: try take(2, "the type")
    case .algorithm: try take(1, "the algorithm")
    case .scheme: try take(1, "the scheme")
    case .hex(let minimum), .base64(let minimum):
      try take(minimum, "what follows")
      offset = wire.count
    case .longString: offset = wire.count
    case .digest(let use): try skipDigest(use)
    case .publicKey: try skipPublicKey()
    case .countedHex: try take(byte("the length"), "the salt")
    case .countedBase32:
      let count = try byte("the length")
      guard count > 0 else { throw wrong("the hash is empty") }
      guard type != .nsec3 || wire[0] != 1 || count == 20 else {
        throw wrong("a hash by SHA-1 has 20 bytes, not \(count) (RFC 5155 §5)")
      }
      try take(count, "the hash")
    case .tag: try skipTag()
    case .location: try skipLocation()
    case .hardwareAddress(let count): try take(count, "the address")
    case .nodeIdentifier: try take(8, "the identifier")
    case .typeBitmap: try skipTypeBitmap()
    case .serviceParameters: try skipServiceParameters()
    case .addressPrefixes: try skipAddressPrefixes()
    case .gateway: try skipGateway()
    case .relay:
      let kind = try byte("the relay type") & 0x7F
      // What the other types carry nobody has said yet (RFC 8777 §6.2).
      if kind <= 3 { try skipAddress(kind, "relay") } else { offset = wire.count }
    case .hostIdentity: try skipHostIdentity()
    case .names: while remaining > 0 { try skipName() }
    }
  }

  mutating func skipName() throws(RecordDataError) {
    let start = offset
    while true {
      let length = try byte("the name")
      if length == 0 { break }
      guard length <= 63 else { throw wrong("a name in record data is never compressed here") }
      try take(length, "the label")
    }
    guard offset - start <= DomainName.wireLimit else { throw wrong("the name is over 255 bytes") }
  }

  private mutating func skipString() throws(RecordDataError) {
    try take(byte("the string's length"), "the string")
  }

  private mutating func skipDigits() throws(RecordDataError) {
    let start = offset + 1
    try skipString()
    guard offset - start >= 4, wire[start..<offset].allSatisfy(isDigit) else {
      throw wrong("an X.25 address has four digits or more (RFC 1183 §3.1)")
    }
  }

  private mutating func skipDigest(_ use: RecordField.DigestUse) throws(RecordDataError) {
    let kind = wire[offset - 1]
    if let length = use.length(of: kind), length != remaining {
      throw wrong("a digest of type \(kind) has \(length) bytes, not \(remaining)")
    }
    try take(use.minimum, "the digest")
    offset = wire.count
  }

  private mutating func skipPublicKey() throws(RecordDataError) {
    guard (remaining == 0) == (wire[0] & 0xC0 == 0xC0) else {
      throw wrong("the flags and the key do not agree whether there is one (RFC 2535 §3.1.2)")
    }
    offset = wire.count
  }

  private mutating func skipTag() throws(RecordDataError) {
    let count = try byte("the tag's length")
    guard count > 0 else { throw wrong("the tag is empty") }
    try take(count, "the tag")
    for byte in wire[(offset - count)..<offset] where !isLetter(byte) && !isDigit(byte) {
      throw wrong("a tag has letters and digits only (RFC 8659 §4.1)")
    }
  }

  private mutating func skipLocation() throws(RecordDataError) {
    guard try byte("the version") == 0 else { throw wrong("LOC has version 0 only") }
    for what in ["size", "horizontal precision", "vertical precision"] {
      let size = try byte("the " + what)
      guard size >> 4 <= 9, size & 15 <= 9 else { throw wrong("the \(what) has a digit above 9") }
    }
    try checkAngle(limit: 90 * 3_600_000, "latitude")
    try checkAngle(limit: 180 * 3_600_000, "longitude")
    try take(4, "the altitude")
  }

  private mutating func checkAngle(limit: Int64, _ what: String) throws(RecordDataError) {
    try take(4, "the " + what)
    let angle = wire[(offset - 4)..<offset].reduce(Int64(0)) { $0 << 8 | Int64($1) }
    guard abs(angle - 0x8000_0000) <= limit else { throw wrong("the \(what) is out of range") }
  }

  private mutating func skipTypeBitmap() throws(RecordDataError) {
    var last = -1
    while remaining > 0 {
      let window = try byte("the window")
      guard window > last else { throw wrong("the windows are out of order (RFC 4034 §4.1.2)") }
      last = window
      let count = try byte("the bitmap's length")
      guard (1...32).contains(count) else { throw wrong("a bitmap has 1 to 32 bytes") }
      try take(count, "the bitmap")
      guard wire[offset - 1] != 0 else { throw wrong("a bitmap ends in a zero byte") }
    }
  }

  private mutating func skipAddressPrefixes() throws(RecordDataError) {
    while remaining > 0 {
      try take(4, "the item")
      let family = Int(wire[offset - 4]) << 8 | Int(wire[offset - 3])
      let (prefix, count) = (Int(wire[offset - 2]), Int(wire[offset - 1] & 0x7F))
      try take(count, "the address")
      guard count == 0 || wire[offset - 1] != 0 else {
        throw wrong("an address ends in a zero byte (RFC 3123 §4)")
      }
      guard let bytes = [1: 4, 2: 16][family] else { continue }
      guard prefix <= bytes * 8, count <= bytes else { throw wrong("the prefix is too long") }
    }
  }

  private mutating func skipGateway() throws(RecordDataError) {
    let kind = try byte("the gateway type")
    let algorithm = try byte("the algorithm")
    try skipAddress(kind, "gateway")
    guard (remaining == 0) == (algorithm == 0) else {
      throw wrong("a key is there exactly when its algorithm is not 0 (RFC 4025 §2.4)")
    }
  }

  private mutating func skipAddress(_ kind: Int, _ what: String) throws(RecordDataError) {
    switch kind {
    case 0: break
    case 1: try take(4, "the " + what)
    case 2: try take(16, "the " + what)
    case 3: try skipName()
    default: throw wrong("\(what) type \(kind) is not defined")
    }
  }

  private mutating func skipHostIdentity() throws(RecordDataError) {
    let tag = try byte("the tag's length")
    _ = try byte("the algorithm")
    let key = try byte("the key's length") << 8 | byte("the key's length")
    guard tag > 0, key > 0 else { throw wrong("the identity tag or the key is empty") }
    try take(tag + key, "the identity")
  }
}
