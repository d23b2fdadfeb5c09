import Assessment
import DNSModel
import DNSObservers
import DNSTransport
import Invocation
import Migration
import Notation
import Reports
import SystemIO

enum AuditCommand: Command {
  static let spec = CommandSpec(
    name: "audit", summary: "where does a name stand, and what stands against moving it?",
    operands: [OperandSpec("NAME", .any, "hostnames; - reads them from standard input")],
    options: [
      .list("names", "FILE", "names to audit, one per line"),
      .value("to", "TARGET", "the target it shall move to"),
      .value("ttl", "SPAN", "the TTL that was asked for: is it served?"),
      .value("issuer", "DOMAIN", "the new CA as CAA records name it, such as digicert.com"),
      .value("window", "SPAN", "from now to the end of the move (default: 14d)"),
      .list("resolver", "ADDR[:PORT][/tcp]", "compare with what this resolver says"),
      .value("fail-on", "SEVERITY", "blocker (default), warning, note or never"),
      .flag("markdown", "print Markdown"),
      .flag("brief", "one line for each name"),
    ] + AskingOptions.specs,
    examples: [
      "cutover audit api.contososhoes.com --to contoso.azurefd.net --issuer digicert.com",
      "cutover audit --names fleet.txt --brief --fail-on warning",
    ],
    notes: """
      Only authorities are asked, from the root down: an audit leaves nothing in anybody's cache.
      Exit 3 where something is as grave as --fail-on says, else 0.
      """)

  /// Names looked at at the same time: enough to keep the servers busy, and memory bounded.
  static let fleetWidth = 200

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let request = try AuditRequest(invocation)
    var options = AskingLoop.Options()
    if request.names.count > 1 { options.sockets = 8 }
    let observing = try request.asking.observing(options)
    let look = NameLook(
      observing, finder: request.asking.finder(observing), panel: request.panel)
    var fleet = Fleet(request: request, console: console)
    fleet.audit(with: look, observing)
    let reports = fleet.reports.compactMap { $0 }
    if console.wantsJSON {
      console.result(
        reports.count == 1 ? reports[0].json : .array(reports.map(\.json)))
    } else if request.isMarkdown {
      console.result("# Audit\n\n" + reports.map(\.markdown).joined(separator: "\n"))
    } else {
      for report in reports { show(report, request.isBrief, console) }
    }
    let gravest = reports.compactMap(\.gravest).min()
    guard let limit = request.failOn, let gravest, gravest <= limit else { return .done }
    return .refused
  }

  private static func show(_ report: AuditReport, _ isBrief: Bool, _ console: Console) {
    guard !isBrief else { return console.result(report.line) }
    for line in report.lines {
      let ink: Console.Ink? =
        line.hasPrefix("  blocker")
        ? .red : line.hasPrefix("  warning") ? .yellow : line.hasPrefix("  note") ? .blue : nil
      console.result(ink.map { console.ink($0, line) } ?? line)
    }
  }
}

/// Many names, a few hundred at a time; each is judged and let go of as soon as it is complete.
private struct Fleet {
  let request: AuditRequest
  let console: Console
  private(set) var reports: [AuditReport?] = []

  init(request: AuditRequest, console: Console) {
    self.request = request
    self.console = console
  }

  mutating func audit(with look: NameLook, _ observing: Observing) {
    let names = request.names
    var found: [AuditReport?] = Array(repeating: nil, count: names.count)
    var next = 0
    var finished = 0
    let (request, console) = (request, console)
    func start() {
      guard next < names.count else { return }
      let index = next
      next += 1
      look.gather(names[index], request.move) { evidence in
        found[index] = AuditReport(evidence)
        finished += 1
        if names.count > 1, finished % 1000 == 0 || finished == names.count {
          console.progress("\(finished) of \(names.count) names")
        }
        start()
      }
    }
    for _ in 0..<min(AuditCommand.fleetWidth, names.count) { start() }
    let begin = SystemClock.nanoseconds()
    observing.loop.run(for: request.asking.deadline * (4 + names.count / 20))
    reports = found
    if names.count > 1 {
      let span = TimeSpan.milliseconds((SystemClock.nanoseconds() - begin) / 1_000_000)
      console.progress("\(observing.loop.sentCount) questions in \(span.milliseconds) ms")
    }
  }
}

/// What `audit` was asked to do, its words understood.
struct AuditRequest {
  var names: [DomainName] = []
  let move: NameEvidence.Move
  let asking: AskingOptions
  let panel: [PanelMember]
  let failOn: Finding.Severity?
  let isMarkdown: Bool
  let isBrief: Bool

  init(_ invocation: ParsedInvocation) throws {
    var problems: [String] = []
    asking = try AskingOptions(invocation)
    var texts: [String] = []
    for operand in invocation.operands {
      texts += operand == "-" ? try Self.lines(of: "/dev/stdin") : [operand]
    }
    for path in invocation.values("names") { texts += try Self.lines(of: path) }
    for text in texts {
      do throws(DomainNameError) {
        names.append(try DomainName(parsing: text))
      } catch {
        problems.append("\(safeText(text, limit: 80)) is no name: \(error)")
      }
    }
    if texts.isEmpty { problems.append("NAME is missing") }
    func span(_ option: String) -> TimeSpan? {
      guard let text = invocation.value(option) else { return nil }
      let span = AskingOptions.span(text)
      if span == nil { problems.append("--\(option) \(safeText(text)) is no span such as 2d") }
      return span
    }
    var move = NameEvidence.Move()
    move.requestedTTL = span("ttl").flatMap { TTL($0.secondsRoundedUp) }
    move.window = span("window") ?? .days(14)
    move.authority = invocation.value("issuer")
    if let text = invocation.value("to") {
      move.newTarget = try? DomainName(parsing: text)
      if move.newTarget == nil { problems.append("--to \(safeText(text)) is no name") }
    }
    self.move = move
    panel = invocation.values("resolver").compactMap { text in
      let member = PanelMember(parsing: text)
      if member == nil { problems.append("--resolver \(safeText(text)) is no resolver") }
      return member
    }
    let word = invocation.value("fail-on") ?? "blocker"
    failOn = Finding.Severity(rawValue: word)
    if failOn == nil, word != "never" {
      problems.append("--fail-on takes blocker, warning, note or never")
    }
    isMarkdown = invocation.flag("markdown")
    isBrief = invocation.flag("brief")
    guard problems.isEmpty else { throw UsageError(problems, command: invocation.command) }
  }

  /// Names in a file: one per line, `#` begins a remark.
  private static func lines(of path: String) throws -> [String] {
    let text = String(decoding: try AtomicFile.read(path), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).compactMap { line in
      let content = line.prefix { $0 != "#" }.filter { $0 != " " && $0 != "\t" }
      return content.isEmpty ? nil : String(content)
    }
  }
}
