/// Times in zone text: seconds, or numbers with units (`1w2d3h4m5s`) that are added up. No RFC knows
/// the units; as in BIND and Knot they may come in any order.
public enum PeriodText {
  public static func seconds(_ text: some Collection<UInt8>) -> UInt32? {
    if let plain = UInt32(decimal: text) { return plain }
    var total: UInt32 = 0
    var number: UInt32?
    var hasUnit = false
    for byte in text {
      if isDigit(byte) {
        let (tens, overflow) = (number ?? 0).multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(UInt32(byte & 15))
        guard !overflow, !carry else { return nil }
        number = sum
        continue
      }
      guard let count = number, let unit = unit(byte) else { return nil }
      let (part, overflow) = count.multipliedReportingOverflow(by: unit)
      let (sum, carry) = total.addingReportingOverflow(part)
      guard !overflow, !carry else { return nil }
      total = sum
      hasUnit = true
      number = nil
    }
    return number == nil && hasUnit ? total : nil
  }

  private static func unit(_ letter: UInt8) -> UInt32? {
    switch letter | 0x20 {
    case UInt8(ascii: "w"): 604_800
    case UInt8(ascii: "d"): 86_400
    case UInt8(ascii: "h"): 3_600
    case UInt8(ascii: "m"): 60
    case UInt8(ascii: "s"): 1
    default: nil
    }
  }
}

/// RRSIG's YYYYMMDDHHmmSS, as seconds since 1970 in 32 bits.
enum CalendarText {
  /// The 32 bits go round in a circle (RFC 4034 §3.1.5, RFC 1982): a clock between 1970 and 2106
  /// means by them a date up to 68 years to either side. A date further out means nothing.
  private static let dates = -(1 << 31)..<(1 << 32) + (1 << 31)

  static func seconds(_ digits: ArraySlice<UInt8>) -> UInt32? {
    let start = digits.startIndex
    func number(_ from: Int, _ count: Int) -> Int {
      digits[(start + from)..<(start + from + count)].reduce(0) { $0 * 10 + Int($1 & 15) }
    }
    let (year, month, day) = (number(0, 4), number(4, 2), number(6, 2))
    let (hour, minute, second) = (number(8, 2), number(10, 2), number(12, 2))
    guard (1...12).contains(month), day >= 1, day <= length(month, year),
      hour < 24, minute < 60, second < 60
    else { return nil }
    let date = days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
    return dates.contains(date) ? UInt32(truncatingIfNeeded: date) : nil
  }

  static func text(_ seconds: UInt32) -> String {
    var rest = Int(seconds) / 86400
    var year = 1970
    while rest >= (isLeap(year) ? 366 : 365) {
      rest -= isLeap(year) ? 366 : 365
      year += 1
    }
    var month = 1
    while rest >= length(month, year) {
      rest -= length(month, year)
      month += 1
    }
    let time = Int(seconds) % 86400
    let parts = [month, rest + 1, time / 3600, time / 60 % 60, time % 60]
    return String(year) + parts.map { $0 < 10 ? "0\($0)" : String($0) }.joined()
  }

  private static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  private static func length(_ month: Int, _ year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let before = year - 1
    let leaps = before / 4 - before / 100 + before / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400)
    var days = (year - 1970) * 365 + leaps + day - 1
    for earlier in 1...12 where earlier < month { days += length(earlier, year) }
    return days
  }
}
