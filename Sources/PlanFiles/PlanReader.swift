import DNSModel
import Migration
import Notation

/// A plan from its tree. What cannot be read is told to the log and stands as a default until the
/// end, so that every reason comes out at once.
struct PlanReader {
  let root: PlanSection
  let log: ProblemLog

  /// Stands where a name could not be read; no rule is asked about it.
  static let noName: DomainName = "invalid"

  init(_ node: YAMLNode, _ log: ProblemLog) {
    root = PlanSection(node, place: node.place, path: "", log: log)
    self.log = log
  }

  func read() -> Plan {
    readVersion()
    let hostname = requiredName(root, "hostname", "the name that moves")
    var plan = Plan(
      title: root.text("title") ?? "", hostname: hostname, zone: zone(),
      from: from(), to: target(root.section("to"), isNew: true))
    if plan.title.isEmpty { plan.title = "\(hostname.host) to \(plan.to.host)" }
    plan.ttl = ttl(root.section("ttl"), from: plan.from.ttl)
    plan.timing = timing(root.section("timing"))
    plan.certificate = certificate(root.section("certificate"))
    plan.router = router(root.section("router"))
    plan.oldEndpoint = oldEndpoint(root.section("old-endpoint"))
    plan.rollback = rollback(root.section("rollback"))
    plan.resolvers = resolvers(root.section("resolvers"))
    (plan.parityPaths, plan.parityExceptions) = parity()
    plan.soak = soak(root.section("soak"))
    plan.approvals = approvals(root.section("approvals"))
    plan.changeWindow = root.optionalSection("change-window").map(changeWindow)
    plan.notifications = root.sections("notify").map(notification)
    plan.environment = environment(root.section("environment"))
    root.know(["change-window"])
    root.finish()
    return plan
  }

  private func readVersion() {
    guard root.has("cutover") else {
      root.missing("cutover", "begin with \"cutover: 1\", the version of this notation")
      return
    }
    guard let (text, _) = root.scalar("cutover", "a version") else { return }
    guard text != String(Plan.notationVersion) else { return }
    root.bad(
      "plan.version", "cutover",
      "version \"\(safeText(text))\" of the plan's notation is not known here",
      remedy: "this program reads \"cutover: \(Plan.notationVersion)\"")
  }

  func requiredName(_ section: PlanSection, _ key: String, _ explanation: String) -> DomainName {
    guard section.has(key) else {
      section.missing(key, explanation)
      return Self.noName
    }
    return section.name(key) ?? Self.noName
  }

  func requiredText(_ section: PlanSection, _ key: String, _ explanation: String) -> String {
    guard section.has(key) else {
      section.missing(key, explanation)
      return ""
    }
    return section.text(key) ?? ""
  }

  private func from() -> RecordPlan {
    guard root.has("from") else {
      root.missing("from", "the record as it is: {cname: NAME, ttl: TTL}")
      return RecordPlan(target: Self.noName, ttl: .zero)
    }
    let section = root.section("from")
    if !section.has("ttl") {
      section.missing("ttl", "the largest TTL the record has had in the last days")
    }
    let ttl = section.ttl("ttl") ?? .zero
    return RecordPlan(target: target(section, isNew: false), ttl: ttl)
  }

  /// Other kinds of record are known, and refused with the reason.
  private func target(_ section: PlanSection, isNew: Bool) -> DomainName {
    if isNew, !root.has("to") {
      root.missing("to", "the record as it shall be: {cname: NAME}")
      return Self.noName
    }
    let reasons = [
      ("a", "addresses are not moved: only a whole CNAME can be replaced by another atomically"),
      ("aaaa", "addresses are not moved: only a whole CNAME can be replaced by another atomically"),
      (
        "alias",
        "an ALIAS is flattened by its provider, and its TTL in caches is not what is written"
      ),
      ("https", "HTTPS records carry addresses of their own and would contradict the alias"),
      ("ns", "a delegation moves a whole zone, not one name"),
    ]
    var sawOther = false
    for (key, reason) in reasons where section.has(key) {
      sawOther = true
      log.distrust(section.full("cname"))
      section.bad(
        "move.kind-unsupported", key, "only CNAME to CNAME is moved: \(reason)",
        remedy: key == "a" || key == "aaaa"
          ? "first give the name a CNAME to the same endpoint, in a change of its own" : "")
    }
    section.know(reasons.map(\.0))
    let name: DomainName
    if !section.has("cname"), sawOther {
      name = Self.noName
    } else {
      name = requiredName(section, "cname", "what the alias points to")
    }
    section.know(["cname"])
    section.finish()
    return name
  }

  private func timing(_ section: PlanSection) -> TimingPlan {
    let usual = TimingPlan()
    let lag = section.span("lag") ?? usual.lag
    let timing = TimingPlan(
      lag: lag, margin: section.span("margin") ?? usual.margin,
      cleanRounds: section.integer("clean-rounds", 1...100) ?? usual.cleanRounds,
      propagation: section.span("propagation") ?? lag,
      freshness: section.span("freshness") ?? usual.freshness,
      cutOverAt: section.instant("cutover-at"))
    section.finish()
    return timing
  }

  private func rollback(_ section: PlanSection) -> RollbackPlan {
    let usual = RollbackPlan()
    let rollback = RollbackPlan(
      window: section.span("window") ?? usual.window,
      minimumStay: section.span("minimum-stay") ?? usual.minimumStay,
      budget: section.span("budget"))
    section.finish()
    return rollback
  }

  private func environment(_ section: PlanSection) -> PlanEnvironment {
    let environment = PlanEnvironment(
      root: section.address("root", defaultPort: 53),
      authorityPort: UInt16(section.integer("authority-port", 1...65535) ?? 53),
      trust: section.text("trust"))
    section.finish()
    return environment
  }

  private func parity() -> (paths: [String], exceptions: [ParityException]) {
    guard let section = root.optionalSection("parity") else {
      root.know(["parity"])
      return ([], [])
    }
    let paths = section.has("paths") ? section.texts("paths") ?? [] : []
    for path in paths
    where !path.hasPrefix("/") || path.utf8.contains(where: { $0 <= 0x20 || $0 > 0x7E }) {
      section.bad(
        "value.path", "paths", "\"\(safeText(path))\" is no path",
        remedy: "write what stands behind the host name: /orders?limit=1")
    }
    let exceptions = section.sections("exceptions").map { item in
      let exception = ParityException(
        difference: requiredText(item, "difference", "what differs"),
        reason: requiredText(item, "reason", "why that is all right"))
      item.finish()
      return exception
    }
    section.finish()
    return (paths, exceptions)
  }
}
