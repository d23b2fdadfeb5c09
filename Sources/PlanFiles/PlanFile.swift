import Migration
import Notation

/// A plan that was read: its value, the rules of its time zone, and where each part of it stands.
public struct PlanFile: Sendable {
  public let plan: Plan
  /// Of the change window's time zone; UTC without one.
  public let timeZone: TimeZoneRules
  private let root: YAMLNode

  /// Where `router.regions[1].share` is written, or what it would belong to.
  public func place(of path: String) -> TextPlace { root.place(of: path) }

  /// A refusal with the place it is about.
  public func problem(_ refusal: Refusal) -> PlanProblem {
    PlanProblem(
      refusal.id, place(of: refusal.path), path: refusal.path, refusal.message,
      remedy: refusal.remedy)
  }
}

/// Every reason at once, ordered by place.
public struct PlanRejection: Error, Sendable {
  public let problems: [PlanProblem]
}

extension PlanFile {
  /// Reads a plan and holds it against every rule, as of `now`.
  ///
  /// `zoneRules` finds the bytes of a time zone's TZif file. A rule is not asked about values that
  /// could not be read: its complaint would be about something nobody wrote. A plan that was pinned has
  /// been held against the rules of its day: it is opened again with `holdsRules: false` (R24).
  public static func read(
    _ text: [UInt8], now: UTCInstant, cutOverAt: UTCInstant? = nil, holdsRules: Bool = true,
    zoneRules: (String) -> [UInt8]?
  ) throws(PlanRejection) -> PlanFile {
    let root: YAMLNode
    do {
      root = try YAMLReader.read(text)
    } catch {
      throw PlanRejection(problems: [error])
    }
    let log = ProblemLog()
    guard case .mapping = root.content else {
      let problem = PlanProblem(
        "plan.not-a-mapping", root.place,
        "a plan is a group of keys (\"cutover: 1\", …), and here stands \(root.kindText)")
      throw PlanRejection(problems: [problem])
    }
    var plan = PlanReader(root, log).read()
    if let cutOverAt { plan.timing.cutOverAt = cutOverAt }
    let zone = timeZone(plan, root, log, zoneRules)
    let file = PlanFile(plan: plan, timeZone: zone, root: root)
    var problems = log.problems
    let context = RefusalContext(now: now, timeZone: zone)
    let refusals = holdsRules ? Refusals.all(plan, context) : []
    for refusal in refusals where refusal.rests(onNone: log.brokenPaths) {
      problems.append(file.problem(refusal))
    }
    guard problems.isEmpty else {
      let ordered = problems.enumerated().sorted { left, right in
        (left.element.place, left.offset) < (right.element.place, right.offset)
      }
      throw PlanRejection(problems: ordered.map(\.element))
    }
    return file
  }

  private static func timeZone(
    _ plan: Plan, _ root: YAMLNode, _ log: ProblemLog, _ zoneRules: (String) -> [UInt8]?
  ) -> TimeZoneRules {
    guard let window = plan.changeWindow, window.timeZone != "UTC" else { return .utc }
    let path = "change-window.time-zone"
    // The name becomes part of a path: nothing in it may lead elsewhere.
    let isName = window.timeZone.utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
        || [UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+")].contains($0)
    }
    if isName, !window.timeZone.hasPrefix("/"), let bytes = zoneRules(window.timeZone),
      let rules = TimeZoneRules(tzif: bytes)
    {
      return rules
    }
    guard !log.brokenPaths.contains(path) else { return .utc }
    log.note(
      "value.time-zone", root.place(of: path), path,
      "\"\(safeText(window.timeZone))\" is no time zone known here",
      remedy: "write an IANA name such as Europe/Berlin (and install tzdata)")
    return .utc
  }
}
