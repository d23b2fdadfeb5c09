import Assessment
import DNSModel
import DNSObservers
import DNSTransport
import Invocation
import Migration
import Notation
import PlanFiles
import Reports
import SystemIO

enum AuditCommand: Command {
  static let spec = CommandSpec(
    name: "audit", summary: "where does a name stand, and what stands against moving it?",
    operands: [
      OperandSpec("NAME|PLAN", .any, "hostnames or plan files; - reads them from standard input")
    ],
    options: [
      .list("names", "FILE", "names and plans to audit, one per line"),
      .value("to", "TARGET", "the target it shall move to"),
      .value("ttl", "SPAN", "the TTL that was asked for: is it served?"),
      .value("issuer", "DOMAIN", "the new CA as CAA records name it, such as digicert.com"),
      .value("window", "SPAN", "from now to the end of the move (default: the plan's, or 14d)"),
      .value("anchor", "FILE", "trust anchors (DS or DNSKEY records): validate DNSSEC from there"),
      .list("resolver", "ADDR[:PORT][/tcp]", "compare with what this resolver says"),
      .value("fail-on", "SEVERITY", "blocker (default), warning, note or never"),
      .flag("markdown", "print Markdown"),
      .flag("brief", "one line for each name"),
      .flag("endpoints", "of plans: both endpoints too (readiness, parity, certificates in time)"),
    ] + AskingOptions.specs,
    examples: [
      "cutover audit api.contososhoes.com --to contoso.azurefd.net --issuer digicert.com",
      "cutover audit Plans/api.contososhoes.com.yaml --markdown",
      "cutover audit --names fleet.txt --brief --fail-on warning",
    ],
    notes: """
      A plan says where its name goes, by whose certificate, until when, and where its servers are.
      Only authorities are asked, from the root down: an audit leaves nothing in anybody's cache.
      Exit 3 where something is as grave as --fail-on says, 5 where something could not be known, else 0.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let request = try AuditRequest(invocation)
    for notice in request.notices { console.progress(notice) }
    let fleet = try Fleet(request, console)
    let reports = fleet.audit()
    let endpoints = try request.endpoints(at: SystemClock.wall())
    if console.wantsJSON, !endpoints.isEmpty {
      console.result([
        "names": .array(reports.map(\.json)), "endpoints": .array(endpoints.map(\.json)),
      ])
    } else if console.wantsJSON {
      console.result(
        reports.count == 1 ? reports[0].json : .array(reports.map(\.json)))
    } else if request.isMarkdown {
      console.result(
        "# Audit\n\n"
          + (reports.map(\.markdown) + endpoints.map(\.markdown)).joined(separator: "\n"))
    } else {
      for report in reports { show(report, request.isBrief, console) }
      for report in endpoints { show(report, request.isBrief, console) }
    }
    guard let limit = request.failOn else { return .done }
    let severities =
      reports.flatMap { $0.findings.map(\.severity) }
      + endpoints.flatMap { $0.findings.map(\.severity) }
    if severities.contains(where: { $0 != .unknown && $0 <= limit }) { return .refused }
    return severities.contains(.unknown) ? .inconclusive : .done
  }

  private static func show(
    _ report: MoveEndpointsReport, _ isBrief: Bool, _ console: Console
  ) {
    if !isBrief {
      for line in report.lines(width: console.columns ?? 100) { console.result(line) }
    }
    TLSCommand.showFindings(report.findings, console, EndpointText(at: report.moment))
  }

  private static func show(_ report: AuditReport, _ isBrief: Bool, _ console: Console) {
    guard !isBrief else { return console.result(report.line) }
    for line in report.lines {
      let inks: [(String, Console.Ink)] = [
        ("  blocker", .red), ("  unknown", .yellow), ("  warning", .yellow), ("  note", .blue),
      ]
      let ink = inks.first { line.hasPrefix($0.0) }?.1
      console.result(ink.map { console.ink($0, line) } ?? line)
    }
  }
}

/// Many names in one panel, a few hundred at a time; each is judged, and its evidence let go of, as soon
/// as it is complete.
private final class Fleet {
  /// Names looked at at the same time: enough to keep the servers busy, and memory bounded.
  private static let width = 200

  private let request: AuditRequest
  private let console: Console
  private let observing: Observing
  private var looks: [AskingOptions: NameLook] = [:]
  private var reports: [AuditReport?]
  private var next = 0
  private var finished = 0
  private let begin = SystemClock.nanoseconds()
  private var lastTold: UInt64

  init(_ request: AuditRequest, _ console: Console) throws {
    self.request = request
    self.console = console
    let count = request.subjects.count
    observing = try request.asking.observing(sockets: count > 1 ? 8 : 4)
    reports = Array(repeating: nil, count: count)
    lastTold = begin
  }

  func audit() -> [AuditReport] {
    let count = request.subjects.count
    for _ in 0..<min(Self.width, count) { start() }
    let patience = request.asking.patience
    observing.loop.run(for: request.asking.within ?? patience * (64 + count))
    if count > 1 { tell() }
    return zip(reports, request.subjects).map { $0 ?? AuditReport(unfinished: $1.name) }
  }

  private func start() {
    guard next < request.subjects.count else { return }
    let index = next
    next += 1
    let subject = request.subjects[index]
    look(subject.asking).gather(subject.name, subject.move) { [self] evidence in
      reports[index] = AuditReport(evidence, target: subject.file?.plan)
      finished += 1
      if SystemClock.nanoseconds() - lastTold > 1_000_000_000 { tell() }
      start()
    }
  }

  /// Names that are looked for at the same places share what was found there.
  private func look(_ asking: AskingOptions) -> NameLook {
    if let known = looks[asking] { return known }
    let look = NameLook(
      observing, finder: asking.finder(observing), panel: request.panel,
      anchors: request.anchors, elsewhere: asking.elsewhere(observing))
    looks[asking] = look
    return look
  }

  private func tell() {
    lastTold = SystemClock.nanoseconds()
    let milliseconds = max(1, (lastTold - begin) / 1_000_000)
    let questions = observing.loop.sentCount
    console.progress(
      "\(finished) of \(request.subjects.count) names, \(questions) questions in "
        + "\(milliseconds) ms, \(UInt64(questions) * 1000 / milliseconds) a second")
  }
}
