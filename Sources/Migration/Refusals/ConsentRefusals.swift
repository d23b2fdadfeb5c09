import Notation

extension Refusals {
  /// People and calendars.
  static func consent(_ plan: Plan) -> [Refusal] {
    let keys: [Gate: String] = [
      .cutOver: "cut-over", .lockOrigin: "lock-origin", .pointOfNoReturn: "point-of-no-return",
      .restoreTTL: "restore-ttl",
    ]
    var found: [Refusal] = []
    for approval in plan.approvals {
      let path = "approvals.\(keys[approval.gate] ?? approval.gate.name)"
      var people: [String] = []
      for person in approval.approvers {
        if people.contains(person.lowercased()) {
          found.append(
            Refusal(
              "approvals.duplicate-person", at: "\(path).by",
              "\(safeText(person)) is listed twice, and would count once"))
        } else {
          people.append(person.lowercased())
        }
      }
      if !people.isEmpty, people.count < approval.count {
        found.append(
          Refusal(
            "approvals.too-few-people", at: "\(path).count", with: ["\(path).by"],
            "\(approval.count) people must say yes, and only \(people.count) may",
            remedy: "name more, or ask for fewer"))
      }
      if approval.count > 0, approval.validity <= .zero {
        found.append(
          Refusal(
            "approvals.never-valid", at: "\(path).valid",
            "a yes that is void at once can open nothing", remedy: "24h is usual"))
      }
    }
    return found + windows(plan)
  }

  private static func windows(_ plan: Plan) -> [Refusal] {
    var found: [Refusal] = []
    guard let window = plan.changeWindow else { return [] }
    var (weekly, dated) = (0, 0)
    for rule in window.rules {
      switch rule {
      case .weekly(_, let opens, let closes):
        if opens == closes {
          found.append(
            Refusal(
              "window.empty", at: "change-window.weekly[\(weekly)].to",
              "the window closes in the minute it opens"))
        }
        weekly += 1
      case .dated(let opens, let closes):
        if closes <= opens {
          found.append(
            Refusal(
              "window.empty", at: "change-window.dates[\(dated)].to",
              "the window closes (\(closes)) before it opens (\(opens))"))
        }
        dated += 1
      }
    }
    return found
  }
}
