import DNSModel

/// `$GENERATE START-STOP[/STEP] OWNER [TTL] [CLASS] TYPE DATA` as BIND defines it: `$` is the number,
/// `${OFFSET,WIDTH,BASE}` a figure of it, `\$` a dollar. Data in one pair of quotes is what stands
/// between them.
struct ZoneGenerator {
  let numbers: StrideThrough<Int>
  private let template: [UInt8]
  private let place: Int

  /// More would be a slip of the pen, or an attack.
  static let limit = 1 << 20

  init(_ scanner: EntryScanner) throws(RecordTextError) {
    let words = scanner.words
    place = words[1].start
    let range = scanner.text[words[1].start..<words[1].end]
    let parts = range.split(
      separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
    let bounds = parts[0].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    let figures = (bounds + parts.dropFirst()).map { Int(String(decoding: $0, as: UTF8.self)) }
    guard bounds.count == 2, let start = figures[0], let stop = figures[1], start >= 0,
      stop <= 0x7FFF_FFFF, start <= stop, let step = figures.count > 2 ? figures[2] : 1, step > 0
    else {
      throw RecordTextError(.generate, at: place, "the range is written START-STOP[/STEP]")
    }
    guard (stop - start) / step < Self.limit else {
      throw RecordTextError(.generate, at: place, "more than \(Self.limit) records are too many")
    }
    numbers = stride(from: start, through: stop, by: step)
    var template: [UInt8] = []
    for (index, word) in words.enumerated().dropFirst(2) {
      let isWholeData = word.isQuoted && index == words.count - 1 && index > 3
      let quotes = word.isQuoted && !isWholeData
      if quotes { template.append(UInt8(ascii: "\"")) }
      template += scanner.text[word.start..<word.end]
      if quotes { template.append(UInt8(ascii: "\"")) }
      template.append(UInt8(ascii: " "))
    }
    self.template = template
  }

  func line(for number: Int) throws(RecordTextError) -> [UInt8] {
    var line: [UInt8] = []
    var offset = 0
    while offset < template.count {
      let byte = template[offset]
      offset += 1
      if byte == UInt8(ascii: "\\"), offset < template.count {
        if template[offset] != UInt8(ascii: "$") { line.append(byte) }
        line.append(template[offset])
        offset += 1
      } else if byte != UInt8(ascii: "$") {
        line.append(byte)
      } else if offset < template.count, template[offset] == UInt8(ascii: "{") {
        line += try figure(number, &offset)
      } else {
        line += Array(String(number).utf8)
      }
    }
    return line
  }

  private func figure(_ number: Int, _ offset: inout Int) throws(RecordTextError) -> [UInt8] {
    let rest = template[(offset + 1)...]
    guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
      throw RecordTextError(.generate, at: place, "${ is never closed")
    }
    let parts = rest[..<end].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    offset = end + 1
    let base = parts.count > 2 ? parts[2] : "d"
    guard (1...3).contains(parts.count), let shift = Int(parts[0]), abs(shift) < 1 << 31,
      let width = parts.count > 1 ? Int(parts[1]) : 0, (0...255).contains(width)
    else {
      throw RecordTextError(.generate, at: place, "a figure is written ${OFFSET[,WIDTH[,BASE]]}")
    }
    guard let value = Int32(exactly: number + shift) else {
      throw RecordTextError(.generate, at: place, "\(number) + \(shift) is over 2147483647")
    }
    // A figure below zero is shown as BIND shows it: with its sign, or as the 32 bits it has in C.
    let bits = UInt32(bitPattern: value)
    switch base {
    case "d":
      let digits = String(value.magnitude)
      let sign = value < 0 ? "-" : ""
      return Self.padded(digits, to: width - sign.count, after: sign)
    case "o": return Self.padded(String(bits, radix: 8), to: width)
    case "x", "X": return Self.padded(String(bits, radix: 16, uppercase: base == "X"), to: width)
    case "n", "N": return Self.nibbles(bits, width: width, uppercase: base == "N")
    default:
      throw RecordTextError(.generate, at: place, "the base is one of d, o, x, X, n and N")
    }
  }

  private static func padded(_ digits: String, to width: Int, after sign: String = "") -> [UInt8] {
    Array((sign + String(repeating: "0", count: max(0, width - digits.count)) + digits).utf8)
  }

  /// Hex digits from the last to the first with dots between: what ip6.arpa wants. The width counts
  /// the dots; an even one ends with a dot.
  private static func nibbles(_ value: UInt32, width: Int, uppercase: Bool) -> [UInt8] {
    let digits = String(value, radix: 16, uppercase: uppercase)
    let all = padded(digits, to: (width + 1) / 2).reversed().map { [$0] }
    let isOpen = width % 2 == 0 && width >= 2 * digits.utf8.count
    return Array(all.joined(separator: [UInt8(ascii: ".")])) + (isOpen ? [UInt8(ascii: ".")] : [])
  }
}
