/// What a calendar and a clock on some wall show, to the minute; which moment that is depends on where
/// the wall stands.
public struct LocalDateTime: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Since 1970-01-01.
  public var days: Int
  /// After midnight, below 1440.
  public var minute: Int

  public init(days: Int, minute: Int) {
    self.days = days
    self.minute = minute
  }

  /// `2026-12-01 22:00` or with a `T` between; seconds may stand there if they are zero.
  public init?(parsing text: String) {
    guard text.utf8.count == 16 || (text.utf8.count == 19 && text.hasSuffix(":00")) else {
      return nil
    }
    guard let asUTC = UTCInstant(parsing: String(text.prefix(16)) + ":00Z") else { return nil }
    self.init(asIfUTC: asUTC)
  }

  /// What the wall shows when its time zone is UTC.
  public init(asIfUTC instant: UTCInstant) {
    let minutes = Int(instant.seconds >= 0 ? instant.seconds / 60 : (instant.seconds - 59) / 60)
    days = minutes >= 0 ? minutes / 1440 : (minutes - 1439) / 1440
    minute = minutes - days * 1440
  }

  public var asIfUTC: UTCInstant {
    UTCInstant(seconds: Int64(days) * 86400 + Int64(minute) * 60)
  }

  public var description: String {
    let date = CivilDateTime(asIfUTC)
    return "\(date.dateText) \(date.timeText.prefix(5))"
  }

  public static func < (left: LocalDateTime, right: LocalDateTime) -> Bool {
    (left.days, left.minute) < (right.days, right.minute)
  }
}
