import Assessment
import DNSModel
import DNSObservers
import DNSTransport
import Engine
import Invocation
import Migration
import Notation
import Reports
import SystemIO
import TLSToolkit

/// What `verify` was asked to do, its words understood.
struct VerifyRequest {
  let expectation: Expectation
  let members: [PanelMember]
  let profiles: [ResolverProfile?]
  let asking: AskingOptions
  let trust: ResolverLook.Trust
  /// The migration of the name, where there is one: its ledger knows what may still be cached.
  let ledger: LedgerHistory?
  let changedAt: UTCInstant?
  let watches: Bool
  let interval: TimeSpan
  let lasts: TimeSpan?
  let svgPath: String?

  init(_ invocation: ParsedInvocation) throws {
    var reader = VerifyWords(invocation: invocation)
    let name = reader.name(invocation.operands[0])
    let ledger = try LedgerHistory(StatePlace(invocation), name: name)
    self.ledger = ledger
    asking =
      try ledger.map { try AskingOptions(invocation, plan: $0.plan) }
      ?? AskingOptions(invocation)
    let (type, expected) = reader.data("expect")
    let (oldType, old) = reader.data("old")
    let oldTTL = reader.span("old-ttl").flatMap { TTL($0.secondsRoundedUp) }
    changedAt = reader.instant("changed-at")
    var former = ledger?.former(beside: expected) ?? []
    if !old.isEmpty, Set(old) == Set(expected) {
      reader.problems.append("--old and --expect say the same: what should have changed?")
    } else if !old.isEmpty {
      // An old value of another type cannot stand where this question looks; it is met as a denial.
      if oldType == type {
        let said = Expectation.Former(data: old, ttl: oldTTL, lastPossible: changedAt)
        if !former.contains(where: { $0.data == said.data }) { former.append(said) }
      } else {
        reader.problems.append("--old and --expect must be of one kind: names, IPv4 or IPv6")
      }
    }
    expectation = Expectation(name: name, type: type, expected: expected, former: former)
    (members, profiles) = try reader.panel(ledger?.plan)
    let anchors = try reader.anchors()
    trust =
      try anchors == nil
      ? ledger.map { try PanelSurvey.trust($0.plan) } ?? .init()
      : .init(anchors: anchors)
    watches = invocation.flag("watch")
    for option in ["interval", "for"] where !watches && invocation.value(option) != nil {
      reader.problems.append("--\(option) is about the rounds of --watch, which is missing")
    }
    interval = reader.span("interval") ?? .seconds(10)
    lasts = reader.span("for")
    svgPath = invocation.value("svg")
    guard reader.problems.isEmpty else {
      throw UsageError(reader.problems, command: invocation.command)
    }
  }

  /// One round: the authorities first, then, if none denies the name, the panel (R5).
  func look() throws -> Verification {
    let observing = try asking.observing()
    let finder = asking.finder(observing)
    var delegation = Delegation(zone: .root)
    var looks: [AuthorityLook] = []
    finder.find(expectation.name) { found in
      delegation = found
      AuthoritativeLook.ask(
        expectation.name, expectation.type, of: found, on: observing
      ) { looks = $0 }
    }
    // The walk takes several questions in a row, each with its own patience.
    observing.loop.run(for: asking.walkDeadline)
    let panel: [DNSObservation]
    if Verification.isDenied(looks) {
      let why = "an authority still denies the name, and asking now would plant that answer (R5)"
      panel = members.map {
        DNSObservation(
          server: $0.server, name: expectation.name, type: expectation.type,
          at: SystemClock.wall(), outcome: .silence(.notAsked(why)))
      }
    } else {
      panel = ResolverLook.ask(
        members, expectation.name, expectation.type, on: observing, trust: trust,
        within: asking.deadline)
    }
    return Verification(
      expectation, delegation: delegation, looks: looks, panel: panel,
      isRequired: members.map(\.isRequired), profiles: profiles, at: SystemClock.wall())
  }

  /// The drawing that was asked for with `--svg`.
  func draw(_ record: DrainRecord, _ verification: Verification) throws {
    guard let svgPath else { return }
    let ttl = verification.expectation.former.compactMap(\.ttl).max()
    let drawing = DrainDrawing(
      title: "\(verification.expectation.name) on its way to "
        + verification.expectation.expected.map(\.shortText).joined(separator: ", "),
      record: record, expected: ttl.map { DrainCurve(ttl: $0) })
    try AtomicFile.replace(svgPath, with: Array(drawing.svg.utf8), mode: 0o644)
  }

  func json(_ verification: Verification) -> JSON {
    guard case .object(var object) = verification.json else { return verification.json }
    object["migration"] = ledger.map { .string($0.id.text) }
    return .object(object)
  }
}

/// Reads the words of a `verify`, collecting every problem.
private struct VerifyWords {
  let invocation: ParsedInvocation
  var problems: [String] = []

  mutating func name(_ text: String) -> DomainName {
    do throws(HostnameWord.Problem) {
      return try HostnameWord.read(text)
    } catch {
      problems.append(error.description)
      return .root
    }
  }

  /// One name, or addresses of one family.
  mutating func data(_ option: String) -> (RecordType, [RecordData]) {
    let texts = invocation.values(option)
    let addresses = texts.compactMap { IPAddress(parsing: $0) }
    if !texts.isEmpty, addresses.count == texts.count {
      let data = addresses.map { RecordData.address($0) }
      if Set(data.map(\.type)).count == 1 { return (data[0].type, data) }
      problems.append("--\(option): addresses of one family at a time, please")
      return (.a, [])
    }
    guard texts.count <= 1 else {
      problems.append("--\(option): either one name, or addresses")
      return (.cname, [])
    }
    return (.cname, texts.map { .cname(name($0)) })
  }

  mutating func span(_ option: String) -> TimeSpan? {
    guard let text = invocation.value(option) else { return nil }
    let span = AskingOptions.span(text)
    if span == nil { problems.append("--\(option) \(safeText(text)) is no span such as 2d or 90s") }
    return span
  }

  mutating func instant(_ option: String) -> UTCInstant? {
    guard let text = invocation.value(option) else { return nil }
    let instant = UTCInstant(parsing: text)
    if instant == nil {
      problems.append("--\(option) \(safeText(text)) is no moment such as 2026-11-21T14:00:00Z")
    }
    return instant
  }

  mutating func anchors() throws -> [UInt8]? {
    guard let path = invocation.value("ca") else { return nil }
    let bytes = try InputFile.read(path)
    do {
      let certificates = try Certificate.readAll(bytes)
      if certificates.isEmpty { problems.append("\(safeText(path)) has no certificate in it") }
    } catch {
      problems.append("--ca \(safeText(path)): \(error)")
    }
    return bytes
  }

  mutating func panel(_ plan: Plan?) throws -> ([PanelMember], [ResolverProfile?]) {
    var members: [PanelMember] = []
    var profiles: [ResolverProfile?] = []
    let table = try table()
    func add(_ member: PanelMember) {
      members.append(member)
      profiles.append(
        table.first { row in
          row.addresses.contains { SocketAddress(parsing: $0)?.host == member.address.host }
        })
    }
    let given = invocation.values("resolver")
    if given.contains("none"), given.count > 1 {
      problems.append("--resolver none beside others: nobody, or those?")
    }
    for (texts, isRequired) in [(given, true), (invocation.values("tolerate"), false)] {
      for text in texts where text != "none" {
        if let member = PanelMember(parsing: text, isRequired: isRequired) {
          add(member)
        } else {
          problems.append(
            "\(safeText(text)) is no resolver: ADDR[:PORT][/udp|tcp|tls|https][#NAME]")
        }
      }
    }
    guard given.isEmpty else { return (members, profiles) }
    if let plan, invocation.value("resolver-table") == nil {
      for member in try PanelSurvey.members(plan) { add(member) }
      return (members, profiles)
    }
    for row in table {
      if row.addresses.isEmpty, let url = row.httpsURL {
        members.append(PanelMember(label: row.label, httpsURL: url, isRequired: row.isRequired))
        profiles.append(row)
      }
      for (index, text) in row.addresses.enumerated() {
        guard let address = SocketAddress(parsing: text, defaultPort: 53) else {
          problems.append("\(safeText(row.label)): \(safeText(text)) is no address")
          continue
        }
        // Not every place has IPv6: a second address may stay silent.
        add(
          PanelMember(
            label: row.label, address: address, isRequired: row.isRequired && index == 0,
            tlsName: row.tlsName))
      }
    }
    return (members, profiles)
  }

  private mutating func table() throws -> [ResolverProfile] {
    guard let path = invocation.value("resolver-table") else {
      return ResolverTable.publicResolvers
    }
    let bytes = try InputFile.read(path)
    do throws(JSONError) {
      let (rows, found) = ResolverTable.read(try JSON(parsing: bytes))
      problems += found.map { "\(safeText(path)): \($0)" }
      return rows
    } catch {
      problems.append("\(safeText(path)): \(error)")
      return []
    }
  }
}
