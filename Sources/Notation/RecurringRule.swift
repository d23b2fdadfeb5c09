/// What a TZif footer says about all years to come: POSIX's TZ notation (`CET-1CEST,M3.5.0,M10.5.0/3`)
/// with the hours beyond a day of RFC 9636 §3.3.1.
struct RecurringRule: Hashable, Sendable {
  /// Seconds east of UTC.
  private let standardOffset: Int
  private let summer: Summer?

  private struct Summer: Hashable, Sendable {
    let offset: Int
    let begins: YearDay
    let ends: YearDay
  }

  private struct YearDay: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
      /// 1 to 365, 29 February never counted.
      case julian(Int)
      /// 0 to 365.
      case ordinal(Int)
      /// 0 is Sunday; week 5 is the last.
      case weekday(month: Int, week: Int, day: Int)
    }
    let kind: Kind
    /// Of local time.
    let seconds: Int
  }

  init?(posix text: [UInt8]) {
    var scanner = RuleScanner(bytes: text)
    guard scanner.name(), let west = scanner.clock(limit: 24) else { return nil }
    standardOffset = -west
    guard !scanner.isAtEnd else {
      summer = nil
      return
    }
    guard scanner.name() else { return nil }
    var offset = standardOffset + 3600
    if !scanner.peeks(",") {
      guard let west = scanner.clock(limit: 24) else { return nil }
      offset = -west
    }
    guard scanner.take(","), let begins = Self.yearDay(&scanner), scanner.take(","),
      let ends = Self.yearDay(&scanner), scanner.isAtEnd
    else { return nil }
    summer = Summer(offset: offset, begins: begins, ends: ends)
  }

  private static func yearDay(_ scanner: inout RuleScanner) -> YearDay? {
    let kind: YearDay.Kind
    if scanner.take("M") {
      guard let month = scanner.number(upTo: 12), month > 0, scanner.take("."),
        let week = scanner.number(upTo: 5), week > 0, scanner.take("."),
        let day = scanner.number(upTo: 6)
      else { return nil }
      kind = .weekday(month: month, week: week, day: day)
    } else if scanner.take("J") {
      guard let day = scanner.number(upTo: 365), day > 0 else { return nil }
      kind = .julian(day)
    } else {
      guard let day = scanner.number(upTo: 365) else { return nil }
      kind = .ordinal(day)
    }
    guard scanner.take("/") else { return YearDay(kind: kind, seconds: 7200) }
    guard let seconds = scanner.clock(limit: 167) else { return nil }
    return YearDay(kind: kind, seconds: seconds)
  }

  func offset(at seconds: Int64) -> Int {
    guard let summer else { return standardOffset }
    let year = CivilDateTime(UTCInstant(seconds: seconds + Int64(standardOffset))).year
    // Neighbouring years too: a change may lie some days beyond the turn of the year.
    var latest = (at: Int64.min, offset: standardOffset)
    for candidate in (year - 1)...(year + 1) {
      let changes = [
        (Self.moment(summer.begins, candidate) - Int64(standardOffset), summer.offset),
        (Self.moment(summer.ends, candidate) - Int64(summer.offset), standardOffset),
      ]
      for (at, offset) in changes where at <= seconds && at >= latest.at {
        latest = (at, offset)
      }
    }
    return latest.offset
  }

  /// Seconds since 1970 of a clock that shows local time.
  private static func moment(_ day: YearDay, _ year: Int) -> Int64 {
    let newYear = CivilDateTime.daysSinceEpoch(year: year, month: 1, day: 1) ?? 0
    let days: Int
    switch day.kind {
    case .ordinal(let number): days = newYear + number
    case .julian(let number):
      let isLeap = CivilDateTime.daysSinceEpoch(year: year, month: 2, day: 29) != nil
      days = newYear + number - 1 + (isLeap && number >= 60 ? 1 : 0)
    case .weekday(let month, let week, let weekday):
      let first = CivilDateTime.daysSinceEpoch(year: year, month: month, day: 1) ?? 0
      // 1970-01-01 was a Thursday; 0 is Sunday here.
      let firstWeekday = ((first + 4) % 7 + 7) % 7
      var date = first + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
      while !isInMonth(date, year, month) { date -= 7 }
      days = date
    }
    return Int64(days) * 86400 + Int64(day.seconds)
  }

  private static func isInMonth(_ days: Int, _ year: Int, _ month: Int) -> Bool {
    let next =
      month == 12
      ? CivilDateTime.daysSinceEpoch(year: year + 1, month: 1, day: 1)
      : CivilDateTime.daysSinceEpoch(year: year, month: month + 1, day: 1)
    return days < next ?? Int.max
  }
}

private struct RuleScanner {
  let bytes: [UInt8]
  var offset = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { offset == bytes.count }

  func peeks(_ character: Unicode.Scalar) -> Bool {
    offset < bytes.count && UInt32(bytes[offset]) == character.value
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peeks(character) else { return false }
    offset += 1
    return true
  }

  /// `CET`, `<+03>`: at least three characters.
  mutating func name() -> Bool {
    let start = offset
    if take("<") {
      while offset < bytes.count, !peeks(">") { offset += 1 }
      return take(">") && offset - start > 4
    }
    while offset < bytes.count,
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[offset] | 0x20)
    {
      offset += 1
    }
    return offset - start >= 3
  }

  mutating func number(upTo limit: Int) -> Int? {
    var value: Int?
    while offset < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset]) {
      value = (value ?? 0) * 10 + Int(bytes[offset] - UInt8(ascii: "0"))
      offset += 1
      guard let value, value <= limit else { return nil }
    }
    return value
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  mutating func clock(limit: Int) -> Int? {
    let sign = take("-") ? -1 : 1
    if sign == 1 { _ = take("+") }
    guard let hours = number(upTo: limit) else { return nil }
    var seconds = hours * 3600
    for unit in [60, 1] where take(":") {
      guard let value = number(upTo: 59) else { return nil }
      seconds += value * unit
    }
    return sign * seconds
  }
}
