import Assessment
import DNSModel
import DNSObservers
import Invocation
import Migration
import Notation
import PlanFiles
import SystemIO
import ZoneFiles

/// What `audit` was asked to do, its words understood.
struct AuditRequest {
  /// One name to look at, and what is known of its move.
  struct Subject {
    let name: DomainName
    let move: NameEvidence.Move
    let asking: AskingOptions
    /// Where the name came from a plan.
    var file: PlanFile? = nil
  }

  private(set) var subjects: [Subject] = []
  /// What the reader should know besides: plans that are audited although they are refused.
  private(set) var notices: [String] = []
  let asking: AskingOptions
  let panel: [PanelMember]
  let anchors: [ResourceRecord]
  /// Nil: nothing that is found makes the audit fail.
  let failOn: Finding.Severity?
  let isMarkdown: Bool
  let isBrief: Bool
  /// Whether the endpoints of plans are looked at too.
  let looksAtEndpoints: Bool

  init(_ invocation: ParsedInvocation) throws {
    var problems: [String] = []
    asking = try AskingOptions(invocation)
    let words = AuditWords(invocation)
    let move = words.move(&problems)
    panel = invocation.values("resolver").compactMap { text in
      guard let member = PanelMember(parsing: text) else {
        problems.append("--resolver \(safeText(text)) is no resolver: ADDR[:PORT][/tcp]")
        return nil
      }
      if member.channel != .udp, member.channel != .tcp {
        problems.append(
          "--resolver \(safeText(text)): an audit compares over udp or tcp; cutover verify takes others"
        )
      }
      return member
    }
    let word = invocation.value("fail-on") ?? "blocker"
    failOn = word == "unknown" ? nil : Finding.Severity(rawValue: word)
    if failOn == nil, word != "never" {
      problems.append("--fail-on takes blocker, warning, note or never")
    }
    isMarkdown = invocation.flag("markdown")
    isBrief = invocation.flag("brief")
    looksAtEndpoints = invocation.flag("endpoints")
    if isMarkdown, invocation.flag("json") {
      problems.append("--markdown and --json are two answers to one question")
    }
    anchors = try words.anchors(&problems)
    let texts = words.subjects(&problems)
    if texts.isEmpty, problems.isEmpty { problems.append("NAME or PLAN is missing") }
    var names: Set<DomainName> = []
    for (text, place) in texts {
      if Self.isPlan(text) {
        if let subject = try words.subject(plan: text, place, &problems) {
          subjects.append(subject)
          notices += words.refusals(plan: text)
        }
        continue
      }
      do throws(HostnameWord.Problem) {
        guard place.isEmpty ? !AtomicFile.exists(text) : true else {
          throw HostnameWord.Problem(
            text, "is a file here: --names reads names from one, ./ marks a plan")
        }
        let name = try HostnameWord.read(text)
        // A name that is written twice is one name.
        guard names.insert(name).inserted else { continue }
        subjects.append(Subject(name: name, move: move, asking: asking))
      } catch {
        problems.append(place + error.description)
      }
    }
    guard problems.isEmpty else { throw UsageError(problems, command: invocation.command) }
  }

  /// Plans are files; no host name has a slash or ends like one.
  static func isPlan(_ text: String) -> Bool {
    text.contains("/") || [".yaml", ".yml", ".json"].contains { text.hasSuffix($0) }
  }
}

private struct AuditWords {
  let invocation: ParsedInvocation

  init(_ invocation: ParsedInvocation) { self.invocation = invocation }

  /// A name or plan, and where it was written, for a complaint to begin with.
  typealias Written = (text: String, place: String)

  func subjects(_ problems: inout [String]) -> [Written] {
    var texts: [Written] = []
    for operand in invocation.operands {
      texts += operand == "-" ? Self.lines(of: operand, &problems) : [(operand, "")]
    }
    for path in invocation.values("names") { texts += Self.lines(of: path, &problems) }
    return texts
  }

  /// Names and plans in a file: one per line, `#` begins a remark.
  private static func lines(of path: String, _ problems: inout [String]) -> [Written] {
    let text: String
    do throws(FileError) {
      text = String(decoding: try InputFile.read(path), as: UTF8.self)
    } catch {
      problems.append("\(error)")
      return []
    }
    var found: [Written] = []
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
      guard let word = words.first else { continue }
      let place = "\(safeText(path)):\(index + 1): "
      if words.count == 1 {
        found.append((String(word), place))
      } else {
        problems.append(
          "\(place)one name or plan a line; \(safeText(String(words[1]), limit: 80)) is another word"
        )
      }
    }
    return found
  }

  func move(_ problems: inout [String]) -> NameEvidence.Move {
    var problem: [String] = []
    func span(_ option: String) -> TimeSpan? {
      guard let text = invocation.value(option) else { return nil }
      let span = AskingOptions.span(text)
      if span == nil { problem.append("--\(option) \(safeText(text)) is no span such as 2d") }
      return span
    }
    var move = NameEvidence.Move()
    move.requestedTTL = span("ttl").flatMap { TTL($0.secondsRoundedUp) }
    move.window = span("window") ?? .days(14)
    func host(_ option: String) -> DomainName? {
      guard let text = invocation.value(option) else { return nil }
      do throws(HostnameWord.Problem) {
        return try HostnameWord.read(text)
      } catch {
        problem.append("--\(option) \(error)")
        return nil
      }
    }
    move.authority = host("issuer").flatMap { _ in invocation.value("issuer") }
    move.newTarget = host("to")
    problems += problem
    return move
  }

  /// DS or DNSKEY records as zone files have them; a TTL may be left out.
  func anchors(_ problems: inout [String]) throws -> [ResourceRecord] {
    guard let path = invocation.value("anchor") else { return [] }
    var found: [ResourceRecord] = []
    var wrong: [String] = []
    var reader = ZoneReader(origin: .root, allowsIncludes: false)
    reader.read(text: "$TTL 3600\n") { _ in }
    reader.read(bytes: try InputFile.read(path), named: safeText(path)) { entry in
      switch entry {
      case .record(let record, _) where record.type == .ds || record.type == .dnskey:
        found.append(record)
      case .record(let record, let place):
        wrong.append("\(place): \(record.type) is no trust anchor; DS and DNSKEY are")
      case .refused(let refusal): wrong.append("\(refusal)")
      }
    }
    if found.isEmpty, wrong.isEmpty { wrong.append("\(safeText(path)) has no DS or DNSKEY in it") }
    problems += wrong
    return found
  }

  /// An audit looks at the world; whether the plan keeps the rules is what `cutover plan` says.
  private func file(plan path: String, _ place: String, _ problems: inout [String]) -> PlanFile? {
    do {
      return try PlanFile.read(
        try InputFile.read(path), now: SystemClock.wall(), holdsRules: false,
        zoneRules: PinnedPlan.zoneRules)
    } catch let rejection as PlanRejection {
      problems += rejection.problems.map { "\(place)\(safeText(path)):\($0.place): \($0.message)" }
    } catch {
      problems.append("\(place)\(error)")
    }
    return nil
  }

  /// Why `cutover plan` would not take it.
  func refusals(plan path: String) -> [String] {
    do {
      _ = try PlanFile.read(
        try InputFile.read(path), now: SystemClock.wall(), zoneRules: PinnedPlan.zoneRules)
    } catch let rejection as PlanRejection {
      return rejection.problems.map {
        "\(safeText(path)):\($0.place): cutover plan refuses this: \($0.message)"
      }
    } catch {}
    return []
  }

  /// What a plan says of its name; what the command line says goes before it.
  func subject(
    plan path: String, _ place: String, _ problems: inout [String]
  ) throws -> AuditRequest.Subject? {
    guard let file = file(plan: path, place, &problems) else { return nil }
    let plan = file.plan
    // What is wrong with the options was told already.
    var told: [String] = []
    var move = move(&told)
    move.oldTarget = plan.from.target
    move.newTarget = move.newTarget ?? plan.to
    move.requestedTTL = move.requestedTTL ?? plan.from.ttl
    move.authority = move.authority ?? plan.issuingAuthority
    if case .acme(let acme) = plan.certificate.issuer { move.challenge = acme.challenge.rawValue }
    if invocation.value("window") == nil {
      let start = SystemClock.wall()
      if let forecast = Forecast(plan, start: start, timeZone: file.timeZone) {
        move.window = max(forecast.ends - start, .days(1))
      }
    }
    return AuditRequest.Subject(
      name: plan.hostname, move: move, asking: try AskingOptions(invocation, plan: plan),
      file: file)
  }
}
