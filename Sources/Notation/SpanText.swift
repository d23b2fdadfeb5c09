extension TimeSpan: CustomStringConvertible {
  /// For people: the two largest units that matter, `2 d 1 min`, `1 h 5 min`, `12 s`, `350 ms`.
  public var description: String {
    let sign = milliseconds < 0 ? "-" : ""
    var rest = milliseconds.magnitude
    if rest < 1000 { return "\(sign)\(rest) ms" }
    rest /= 1000
    let units: [(UInt64, String)] = [(86400, "d"), (3600, "h"), (60, "min"), (1, "s")]
    var parts: [String] = []
    for (size, name) in units where parts.count < 2 {
      let count = rest / size
      rest %= size
      if count > 0 { parts.append("\(count) \(name)") }
    }
    return sign + parts.joined(separator: " ")
  }

  /// Reads what plans and options say: `90`, `90s`, `5m`, `2h`, `1d`, `1w`, and sums such as `1h30m`.
  /// A bare number is seconds. Nil for anything else, and for what does not fit.
  public init?(parsing text: String) {
    let factors: [UInt8: Int64] = [
      UInt8(ascii: "s"): 1, UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3600,
      UInt8(ascii: "d"): 86400, UInt8(ascii: "w"): 604_800,
    ]
    var total: Int64 = 0
    var count: Int64?
    for byte in text.utf8 {
      if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
        let (tens, tooMany) = (count ?? 0).multipliedReportingOverflow(by: 10)
        let (sum, overflow) = tens.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
        if tooMany || overflow { return nil }
        count = sum
      } else if let factor = factors[byte | 0x20], let number = count {
        let (product, tooMany) = number.multipliedReportingOverflow(by: factor)
        let (sum, overflow) = total.addingReportingOverflow(product)
        if tooMany || overflow { return nil }
        total = sum
        count = nil
      } else {
        return nil
      }
    }
    if let count {
      // `90` is seconds; `1h30` is a slip, not 1 h 30 s.
      guard total == 0, !text.utf8.contains(where: { factors[$0 | 0x20] != nil }) else {
        return nil
      }
      total = count
    } else if text.isEmpty {
      return nil
    }
    guard total <= Int64.max / 1000 else { return nil }
    self.init(milliseconds: total * 1000)
  }
}
