import DNSModel
import Migration
import Notation

extension PlanReader {
  static let gateKeys: [(key: String, gate: Gate)] = [
    ("cut-over", .cutOver), ("lock-origin", .lockOrigin),
    ("point-of-no-return", .pointOfNoReturn), ("restore-ttl", .restoreTTL),
  ]

  func approvals(_ section: PlanSection) -> [ApprovalPlan] {
    let approvals = Self.gateKeys.map { key, gate in
      guard let item = section.optionalSection(key) else {
        return ApprovalPlan(gate: gate, count: 1)
      }
      let approval = ApprovalPlan(
        gate: gate, count: item.integer("count", 0...20) ?? 1,
        approvers: item.has("by") ? item.texts("by") ?? [] : [],
        validity: item.span("valid") ?? .hours(24))
      item.know(["by"])
      item.finish()
      return approval
    }
    section.know(Self.gateKeys.map(\.key))
    section.finish()
    return approvals
  }

  func changeWindow(_ section: PlanSection) -> ChangeWindowPlan {
    let zone = requiredText(section, "time-zone", "whose clock the times are on: Europe/Berlin")
    var rules: [ChangeWindowPlan.Rule] = []
    for item in section.sections("weekly") {
      if let rule = weekly(item) { rules.append(rule) }
      item.finish()
    }
    for item in section.sections("dates") {
      if let rule = dated(item) { rules.append(rule) }
      item.finish()
    }
    if !section.has("weekly"), !section.has("dates") {
      section.missing(
        "weekly", "when it is open: weekly: [{days: [tue], from: \"22:00\", to: \"02:00\"}]")
    }
    let window = ChangeWindowPlan(
      timeZone: zone, rules: rules,
      missed: section.choice("missed", ChangeWindowPlan.Missed.self) ?? .wait)
    section.finish()
    return window
  }

  private func weekly(_ section: PlanSection) -> ChangeWindowPlan.Rule? {
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    if !section.has("days") { section.missing("days", "a list such as [tue, thu]") }
    var days: [Int] = []
    for text in section.texts("days") ?? [] {
      // Whole names and capitals are as clear.
      guard let day = names.firstIndex(where: { text.lowercased().hasPrefix($0) }) else {
        section.bad(
          "value.choice", "days", "\"\(safeText(text))\" is no day of the week",
          remedy: "write \(names.joined(separator: ", "))")
        continue
      }
      if !days.contains(day) { days.append(day) }
    }
    let (from, to) = (time(section, "from"), time(section, "to"))
    guard let opens = from, let closes = to, !days.isEmpty else { return nil }
    return .weekly(days: days.sorted(), opens: opens, closes: closes)
  }

  private func time(_ section: PlanSection, _ key: String) -> Int? {
    guard section.has(key) else {
      section.missing(key, "a time of day such as \"22:00\"")
      return nil
    }
    guard let text = section.text(key) else { return nil }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 2, parts[1].utf8.count == 2, (1...2).contains(parts[0].utf8.count),
      let hour = UInt8(parts[0]), let minute = UInt8(parts[1]), minute < 60,
      hour < 24 || (hour == 24 && minute == 0 && key == "to")
    {
      return Int(hour) * 60 + Int(minute)
    }
    section.bad(
      "value.time", key, "\"\(safeText(text))\" is no time of day", remedy: "write \"22:00\"")
    return nil
  }

  private func dated(_ section: PlanSection) -> ChangeWindowPlan.Rule? {
    let (opens, closes) = (localDateTime(section, "from"), localDateTime(section, "to"))
    guard let from = opens, let to = closes else { return nil }
    return .dated(from, to)
  }

  private func localDateTime(_ section: PlanSection, _ key: String) -> LocalDateTime? {
    guard section.has(key) else {
      section.missing(key, "a local date and time such as \"2026-12-01 22:00\"")
      return nil
    }
    guard let text = section.text(key) else { return nil }
    if let value = LocalDateTime(parsing: text) { return value }
    section.bad(
      "value.time", key, "\"\(safeText(text))\" is no local date and time",
      remedy: "write \"2026-12-01 22:00\", without an offset: the window's time zone counts")
    return nil
  }

  func notification(_ section: PlanSection) -> NotificationHook {
    let occasions = section.has("on") ? self.occasions(section) : NotificationHook.Occasion.allCases
    section.know(["on", "webhook", "exec", "secret"])
    defer { section.finish() }
    if section.has("exec"), !section.has("webhook") {
      return NotificationHook(
        target: .program(command: section.command("exec") ?? []), occasions: occasions)
    }
    guard section.has("webhook"), !section.has("exec") else {
      log.note(
        "notify.target", section.place, section.path,
        "a notification goes to one place", remedy: "give it either \"webhook\" or \"exec\"")
      return NotificationHook(target: .program(command: []), occasions: occasions)
    }
    return NotificationHook(
      target: .webhook(url: section.url("webhook") ?? "", secret: section.secret("secret")),
      occasions: occasions)
  }

  private func occasions(_ section: PlanSection) -> [NotificationHook.Occasion] {
    var occasions: [NotificationHook.Occasion] = []
    let names = NotificationHook.Occasion.allCases.map(\.rawValue)
    for text in section.texts("on") ?? [] {
      guard let occasion = NotificationHook.Occasion(rawValue: text) else {
        let near = nearestWord(to: text, among: names)
        section.bad(
          "value.choice", "on", "nothing like \"\(safeText(text))\" is ever told",
          remedy: near.map { "did you mean \"\($0)\"?" } ?? names.joined(separator: ", "))
        continue
      }
      if !occasions.contains(occasion) { occasions.append(occasion) }
    }
    return occasions
  }
}
