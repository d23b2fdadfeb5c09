/// What a single word of zone text may be: the pieces every entry's head is made of.
extension DomainName {
  /// `@` alone is the origin (RFC 1035 §5.1).
  public init(
    reading text: [UInt8], _ word: TextWord, origin: DomainName
  ) throws(RecordTextError) {
    guard !word.isQuoted, !word.hasInnerQuotes else {
      throw RecordTextError(.quoted, at: word.start, "a name must not be quoted")
    }
    if word.end - word.start == 1, text[word.start] == UInt8(ascii: "@") {
      self = origin
      return
    }
    var wire: [UInt8] = []
    wire.reserveCapacity(word.end - word.start + origin.wire.count + 1)
    do throws(DomainNameError) {
      try Self.append(text, word.start..<word.end, relativeTo: origin, to: &wire)
    } catch {
      throw RecordTextError(.name, at: word.start, "\(error)")
    }
    self.init(validWire: wire)
  }
}

extension TTL {
  public init(reading text: [UInt8], _ word: TextWord) throws(RecordTextError) {
    guard !word.isQuoted, let seconds = PeriodText.seconds(text[word.start..<word.end]),
      let ttl = TTL(seconds)
    else {
      let message = "a TTL is seconds, or numbers with w d h m s, up to 2147483647 (RFC 2181 §8)"
      throw RecordTextError(.ttl, at: word.start, message)
    }
    self = ttl
  }
}

extension RecordClass {
  public init?(reading text: [UInt8], _ word: TextWord) {
    self.init(mnemonic: text[word.start..<word.end])
  }
}

extension RecordType {
  public init?(reading text: [UInt8], _ word: TextWord) {
    self.init(mnemonic: text[word.start..<word.end])
  }
}

extension TextWord {
  /// The word's characters with escapes resolved.
  public func string(in text: [UInt8]) throws(RecordTextError) -> String {
    let reader = RecordDataReader(text: text, words: [self], from: 1, origin: .root)
    return try String(decoding: reader.unescaped(self), as: UTF8.self)
  }
}
