import Notation

/// Words laid out for a width: lines that hang below their beginning.
public struct Layout: Sendable {
  public let width: Int

  public init(width: Int) { self.width = min(max(width, 60), 160) }

  /// `lead` once, then the words, wrapped under where they began. A word longer than a line stands
  /// whole: what people copy must not be broken.
  public func paragraph(_ lead: String, _ text: String, indent: Int? = nil) -> String {
    let hang = String(repeating: " ", count: indent ?? lead.count)
    var lines: [String] = []
    var line = lead
    var isEmpty = true
    for word in text.split(separator: " ") {
      if !isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = hang
        isEmpty = true
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    lines.append(line)
    return lines.joined(separator: "\n")
  }

  public static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  public static func padded(left text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// `2,879`
  public static func grouped(_ number: some BinaryInteger) -> String {
    var digits = Array(String(number))
    var index = digits.count - 3
    while index > (number < 0 ? 1 : 0) {
      digits.insert(",", at: index)
      index -= 3
    }
    return String(digits)
  }
}

/// Moments as plans show them: UTC to the second, and the local time of those who watch.
public struct MomentText: Sendable {
  let zone: TimeZoneRules
  let zoneName: String?

  public init(zone: TimeZoneRules, name: String?) {
    self.zone = zone
    zoneName = name == "UTC" ? nil : name
  }

  /// `2026-11-24 05:00:00Z`
  public func utc(_ instant: UTCInstant) -> String {
    let date = CivilDateTime(instant)
    return "\(date.dateText) \(date.timeText)Z"
  }

  /// `Tue 2026-11-24 06:00 Europe/Berlin`; nil without a zone of one's own.
  public func local(_ instant: UTCInstant) -> String? {
    guard let zoneName else { return nil }
    let local = zone.local(instant)
    let day = CivilDateTime(local.asIfUTC)
    return "\(CivilDateTime.weekdayNames[day.weekday]) \(local) \(zoneName)"
  }

  public func full(_ instant: UTCInstant) -> String {
    utc(instant) + (local(instant).map { " (\($0))" } ?? "")
  }
}
