extension RecordData {
  /// Data from its words: as the type's fields want them, or in the generic form `\# LENGTH HEX`,
  /// which every type may be written in and which must then fit the type (RFC 3597 §5).
  public init(
    reading type: RecordType, _ text: [UInt8], _ words: [TextWord], from first: Int,
    origin: DomainName, recordClass: RecordClass = .internet
  ) throws(RecordTextError) {
    var reader = RecordDataReader(text: text, words: words, from: first, origin: origin)
    // Addresses mean something else, or nothing, outside class IN (RFC 1035 §3.4).
    let isOpaque = recordClass != .internet && type.isOfInternetOnly
    if reader.isGeneric {
      try reader.readGeneric()
      guard !isOpaque else {
        self.init(type: type, wire: reader.wire)
        return
      }
      do throws(RecordDataError) {
        try self.init(checking: type, wire: reader.wire)
      } catch {
        throw reader.wrong(.data, "\(error.reason) (\(type), byte \(error.offset))")
      }
      return
    }
    guard !isOpaque, let schema = RecordSchema.of(type) else {
      let message = "\(type) has no text form of its own here: write \\# LENGTH HEX (RFC 3597 §5)"
      throw RecordTextError(
        .typeOpaque, at: first < words.count ? words[first].start : reader.place, message)
    }
    try reader.read(schema)
    if schema.needsCheck {
      var check = RecordDataCheck(type: type, wire: reader.wire)
      do throws(RecordDataError) { try check.run() } catch {
        throw reader.wrong(.data, error.reason)
      }
    }
    self.init(type: type, wire: reader.wire)
  }

  /// For data written in source code and options: `RecordData(.mx, "10 mail.example.")`.
  public init(
    _ type: RecordType, parsing text: String, origin: DomainName = .root
  ) throws(RecordTextError) {
    var scanner = EntryScanner(Array(text.utf8))
    let entry = try scanner.onlyEntry()
    try self.init(reading: type, scanner.text, entry, from: 0, origin: origin)
  }
}

extension RecordType {
  fileprivate var isOfInternetOnly: Bool {
    [.a, .aaaa, .wks, .apl, .dhcid, .svcb, .https].contains(self)
  }
}

extension RecordSchema {
  /// Rules that span fields are left to the wire check.
  fileprivate var needsCheck: Bool {
    fields.contains {
      switch $0 {
      case .serviceParameters, .digest, .publicKey, .digits, .countedBase32, .gateway: true
      default: false
      }
    }
  }
}

extension RecordDataReader {
  fileprivate var isGeneric: Bool {
    guard next < words.count, !words[next].isQuoted else { return false }
    return text[words[next].start..<words[next].end] == [UInt8(ascii: "\\"), UInt8(ascii: "#")]
  }

  fileprivate mutating func readGeneric() throws(RecordTextError) {
    next += 1
    let count = try number(upTo: 65535, "the length")
    try readHex(minimum: 0)
    guard wire.count == Int(count) else {
      throw wrong(.generic, "\(count) bytes are announced and \(wire.count) written")
    }
  }
}
