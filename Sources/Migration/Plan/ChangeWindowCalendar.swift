import Notation

extension ChangeWindowPlan {
  /// How far ahead windows are laid out: longer than any move takes.
  public static let horizonDays = 400

  /// Every window that closes after `start`, ascending, in true moments. An hour that comes twice or
  /// not at all on the day of a clock change is read as the clock on the wall shows it first.
  public func windows(
    from start: UTCInstant, in zone: TimeZoneRules, days: Int = horizonDays
  ) -> [ChangeWindow] {
    var windows: [ChangeWindow] = []
    let today = zone.local(start).days
    for rule in rules {
      switch rule {
      case .dated(let opens, let closes):
        windows.append(ChangeWindow(opens: zone.instant(opens), closes: zone.instant(closes)))
      case .weekly(let weekdays, let opens, let closes):
        for day in (today - 1)...(today + days)
        where weekdays.contains(((day + 3) % 7 + 7) % 7) {
          let last = closes <= opens || closes == 1440 ? day + 1 : day
          windows.append(
            ChangeWindow(
              opens: zone.instant(LocalDateTime(days: day, minute: opens)),
              closes: zone.instant(LocalDateTime(days: last, minute: closes % 1440))))
        }
      }
    }
    return windows.filter { $0.closes > start && $0.closes > $0.opens }
      .sorted { ($0.opens, $0.closes) < ($1.opens, $1.closes) }
  }

  public func isOpen(at instant: UTCInstant, in zone: TimeZoneRules) -> Bool {
    windows(from: instant, in: zone, days: 8).contains { $0.opens <= instant }
  }

  /// The first window one can still act in.
  public func next(after instant: UTCInstant, in zone: TimeZoneRules) -> ChangeWindow? {
    windows(from: instant, in: zone, days: 15).first
  }
}
