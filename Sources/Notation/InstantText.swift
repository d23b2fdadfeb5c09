extension UTCInstant: CustomStringConvertible {
  /// RFC 3339 in UTC; milliseconds only where there are any: `2026-11-21T14:05:12Z`.
  public var description: String {
    let date = CivilDateTime(self)
    let fraction = milliseconds - seconds * 1000
    let tail = fraction == 0 ? "" : "." + padded(fraction, 3)
    return "\(date.dateText)T\(date.timeText)\(tail)Z"
  }

  /// Reads RFC 3339: date, `T` or a space, time, optional fraction, then `Z` or an offset.
  /// Nil where the text is anything else, the 30th of February included.
  public init?(parsing text: String) {
    var scanner = DigitScanner(text)
    guard let year = scanner.digits(4), scanner.take("-"), let month = scanner.digits(2),
      scanner.take("-"), let day = scanner.digits(2),
      scanner.take("T") || scanner.take("t") || scanner.take(" "),
      let hour = scanner.digits(2), scanner.take(":"), let minute = scanner.digits(2),
      scanner.take(":"), let second = scanner.digits(2)
    else { return nil }
    let fraction = scanner.take(".") ? scanner.fractionAsMilliseconds() : 0
    guard let fraction, let offset = scanner.offsetSeconds(), scanner.isAtEnd,
      hour < 24, minute < 60, second < 60,
      let days = CivilDateTime.daysSinceEpoch(year: year, month: month, day: day)
    else { return nil }
    let total = Int64(days) * 86400 + Int64(hour * 3600 + minute * 60 + second) - offset
    self.init(milliseconds: total * 1000 + Int64(fraction))
  }
}

/// A moment taken apart by the Gregorian calendar, in UTC.
public struct CivilDateTime: Hashable, Sendable {
  public let year: Int
  public let month: Int
  public let day: Int
  public let hour: Int
  public let minute: Int
  public let second: Int
  /// 0 is Monday.
  public let weekday: Int

  public init(_ instant: UTCInstant) {
    let days = Int((instant.seconds - Self.positive(instant.seconds, 86400)) / 86400)
    let rest = Int(Self.positive(instant.seconds, 86400))
    // Days are counted from 0000-03-01 in eras of 400 years, so that leap days come last.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    hour = rest / 3600
    minute = rest / 60 % 60
    second = rest % 60
    weekday = Int(Self.positive(Int64(days) + 3, 7))
  }

  public var dateText: String { padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) }
  public var timeText: String {
    padded(hour, 2) + ":" + padded(minute, 2) + ":" + padded(second, 2)
  }
  public static let weekdayNames = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

  private static func positive(_ value: Int64, _ modulus: Int64) -> Int64 {
    let remainder = value % modulus
    return remainder < 0 ? remainder + modulus : remainder
  }

  /// Nil when the calendar has no such day.
  public static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int? {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
    let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...12).contains(month), day >= 1, day <= lengths[month - 1] else { return nil }
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}

func padded(_ value: some BinaryInteger, _ width: Int) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

private struct DigitScanner {
  private let bytes: [UInt8]
  private var offset = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  var isAtEnd: Bool { offset == bytes.count }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard offset < bytes.count, UInt32(bytes[offset]) == character.value else { return false }
    offset += 1
    return true
  }

  mutating func digits(_ count: Int) -> Int? {
    var value = 0
    for _ in 0..<count {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  private mutating func digit() -> Int? {
    guard offset < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset])
    else { return nil }
    defer { offset += 1 }
    return Int(bytes[offset] - UInt8(ascii: "0"))
  }

  /// One to nine digits; what is finer than a millisecond is dropped.
  mutating func fractionAsMilliseconds() -> Int? {
    var value = 0
    var count = 0
    while let digit = digit() {
      if count < 3 { value = value * 10 + digit }
      count += 1
    }
    guard (1...9).contains(count) else { return nil }
    for _ in count..<max(count, 3) { value *= 10 }
    return value
  }

  mutating func offsetSeconds() -> Int64? {
    if take("Z") || take("z") { return 0 }
    let sign: Int64
    if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
    guard let hours = digits(2), take(":"), let minutes = digits(2), hours < 24, minutes < 60
    else { return nil }
    return sign * Int64(hours * 3600 + minutes * 60)
  }
}
