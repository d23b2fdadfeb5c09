/// LOC in text (RFC 1876 §3): degrees, minutes and seconds, metres to the centimetre.
extension RecordDataReader {
  mutating func readLocation() throws(RecordTextError) {
    let latitude = try readAngle("NS", degrees: 90)
    let longitude = try readAngle("EW", degrees: 180)
    let altitude = try readMetres("the altitude", lowest: -10_000_000, highest: 4_284_967_295)
    // RFC 1876 §3: 1 m, 10 km and 10 m where they are left out.
    var precisions: [Int64] = [100, 1_000_000, 1_000]
    for index in precisions.indices where !isAtEnd {
      precisions[index] = try readMetres("a size", lowest: 0, highest: 9_000_000_000)
    }
    wire.append(0)
    for centimetres in precisions { wire.append(try encoded(centimetres)) }
    append(number32: UInt32(0x8000_0000 + latitude))
    append(number32: UInt32(0x8000_0000 + longitude))
    append(number32: UInt32(altitude + 10_000_000))
  }

  private mutating func readAngle(
    _ letters: StaticString, degrees: Int64
  ) throws(RecordTextError) -> Int64 {
    var parts: [Int64] = [0, 0, 0]
    let positive = letters.utf8Start[0]
    let negative = letters.utf8Start[1]
    for index in 0...3 {
      let word = try word("an angle")
      let spelled = text[word.start..<word.end]
      if index > 0, spelled.count == 1 {
        let letter = text[word.start]
        if letter == positive || letter == negative {
          let angle = parts[0] * 3_600_000 + parts[1] * 60_000 + parts[2]
          guard angle <= degrees * 3_600_000 else { break }
          return letter == positive ? angle : -angle
        }
      }
      guard index < 3 else { break }
      let value =
        index == 2 ? Self.decimal(spelled, places: 3) : UInt32(decimal: spelled).map(Int64.init)
      let limit = [degrees, 59, 59_999][index]
      guard let value, value <= limit else { break }
      parts[index] = value
    }
    throw wrong(
      .location, "an angle is DEGREES [MINUTES [SECONDS]] \(letters) with \(degrees)° at most")
  }

  private mutating func readMetres(
    _ what: String, lowest: Int64, highest: Int64
  ) throws(RecordTextError) -> Int64 {
    let word = try word(what)
    var spelled = text[word.start..<word.end]
    if spelled.last == UInt8(ascii: "m") { spelled = spelled.dropLast() }
    let isNegative = spelled.first == UInt8(ascii: "-")
    if isNegative { spelled = spelled.dropFirst() }
    guard let value = Self.decimal(spelled, places: 2) else {
      throw wrong(.location, "\(what) wants metres with two decimals at most")
    }
    let signed = isNegative ? -value : value
    guard (lowest...highest).contains(signed) else {
      throw wrong(.location, "\(what) is out of range (RFC 1876 §2)")
    }
    return signed
  }

  /// A number with up to so many decimals, scaled to a whole.
  private static func decimal(_ text: ArraySlice<UInt8>, places: Int) -> Int64? {
    let parts = text.split(
      separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let decimals = parts.count > 1 ? Array(parts[1]) : []
    guard let whole = parts.first, (1...10).contains(whole.count), decimals.count <= places,
      (whole + decimals).allSatisfy(isDigit)
    else { return nil }
    let padded =
      whole + decimals + Array(repeating: UInt8(ascii: "0"), count: places - decimals.count)
    return padded.reduce(Int64(0)) { $0 * 10 + Int64($1 & 15) }
  }

  /// One digit and a power of ten; what does not fit exactly is refused rather than rounded.
  private func encoded(_ centimetres: Int64) throws(RecordTextError) -> UInt8 {
    var (mantissa, exponent) = (centimetres, UInt8(0))
    while mantissa > 9, mantissa % 10 == 0 {
      mantissa /= 10
      exponent += 1
    }
    guard mantissa <= 9 else {
      throw wrong(.location, "a size has one digit other than zero (RFC 1876 §2)")
    }
    return UInt8(mantissa) << 4 | exponent
  }
}
