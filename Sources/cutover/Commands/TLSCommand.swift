import Assessment
import Certificates
import DNSModel
import Invocation
import Migration
import Notation
import Reports
import SystemIO
import TLSToolkit

enum TLSCommand: Command {
  static let spec = CommandSpec(
    name: "tls", summary: "what a client would meet at each address of an endpoint",
    operands: [OperandSpec("HOST[:PORT]", .optional, "the name, and its port if it is not 443")],
    options: [
      .list("connect", "ADDR:PORT", "go here instead of looking HOST up"),
      .value("name", "NAME", "the name to ask for and to expect (default: HOST)"),
      .value("ca", "FILE", "trust these roots (PEM) and no others"),
      .value("at", "TIME", "judge dates as of this moment (default: now)"),
      .value("path", "PATH", "what to fetch (default: /)"),
      .value("patience", "TIME", "how long to wait for each connection (default: 5s)"),
      .flag("quick", "do not enumerate versions and cipher suites"),
      .list(
        "compare", "ADDR:PORT", "the endpoint of today: what would clients notice of a move here?"),
      .value(
        "plan", "PLAN", "both endpoints of this plan: readiness, parity, certificates in time"),
      .list("accept", "DIFFERENCE", "with --compare: this difference is all right, as tls:issuer"),
      .flag("markdown", "with --compare or --plan: for a change request"),
      .flag("html", "with --compare or --plan: as a page"),
      .value("chain", "FILE", "judge this chain instead of an endpoint; --name gives the name"),
    ],
    examples: [
      "cutover tls api.contososhoes.com",
      "cutover tls api.contososhoes.com --connect 192.0.2.7:443 --at 2026-12-24T00:00:00Z",
      "cutover tls api.contososhoes.com --connect 203.0.113.9:443 --compare 192.0.2.7:443",
      "cutover tls --plan Plans/api.contososhoes.com.yaml --html > parity.html",
      "cutover tls --chain fullchain.pem --name api.contososhoes.com --ca roots.pem",
    ],
    notes: """
      Exits 3 when clients would fail (chain, name, dates, protocol), 5 when that cannot be known, and 0
      otherwise; what is found is listed either way.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let moment = try moment(invocation)
    if let path = invocation.value("plan") {
      return try PlanEndpoints(invocation, console, moment).run(path)
    }
    let anchors =
      try invocation.value("ca").map {
        try TrustAnchors.of(Certificate.readAll(InputFile.read($0)))
      }
      ?? TrustAnchors.system()
    if let file = invocation.value("chain") {
      return try ChainJudgement(invocation, console, anchors, moment).judge(file)
    }
    guard let operand = invocation.operands.first else {
      throw UsageError("HOST[:PORT], --plan PLAN or --chain FILE is missing", command: "tls")
    }
    let (host, port) = try target(operand)
    let identity = try identity(invocation.value("name") ?? host)
    var probe = EndpointProbe(identity, anchors: anchors, at: moment)
    probe.port = port
    probe.healthPath = invocation.value("path") ?? "/"
    probe.enumerates = !invocation.flag("quick")
    if let text = invocation.value("patience") {
      guard let span = TimeSpan(parsing: text), span > .zero else {
        throw UsageError("--patience \(safeText(text)) is no span of time", command: "tls")
      }
      probe.patience = span
    }
    let addresses: [SocketAddress]
    do {
      addresses = try self.addresses(invocation, host: host, port: port)
    } catch let error as SystemResolverError {
      console.complain("\(error)")
      return .inconclusive
    }
    guard invocation.values("compare").isEmpty else {
      return try EndpointComparison(invocation, probe, console).run(new: addresses, port: port)
    }
    let facts = probe.look(at: addresses)
    let readiness = Readiness(facts, at: moment, isPrivate: invocation.value("ca") != nil)
    show(facts, readiness, console, at: moment)
    return exitCode(readiness.verdict)
  }

  private static func exitCode(_ verdict: Readiness.Verdict) -> ExitCode {
    switch verdict {
    case .ready: .done
    case .notReady: .refused
    case .unknown: .inconclusive
    }
  }

  private static func moment(_ invocation: ParsedInvocation) throws(UsageError) -> UTCInstant {
    guard let text = invocation.value("at") else { return SystemClock.wall() }
    guard let moment = UTCInstant(parsing: text) else {
      throw UsageError(
        "--at \(safeText(text)) is no moment; write 2026-12-24T18:00:00Z", command: "tls")
    }
    return moment
  }

  /// `host`, `host:port`, `192.0.2.1`, `[2001:db8::1]:port`.
  private static func target(_ text: String) throws(UsageError) -> (String, UInt16) {
    if let address = SocketAddress(parsing: text, defaultPort: 443) {
      return (address.host, address.port)
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 1 { return (text, 443) }
    guard parts.count == 2, let port = UInt16(parts[1]), port > 0 else {
      throw UsageError("\(safeText(text)) is no HOST[:PORT]", command: "tls")
    }
    return (String(parts[0]), port)
  }

  static func identity(_ text: String) throws(UsageError) -> ServerIdentity {
    if let address = SocketAddress.address(text) { return .address(address.bytes) }
    do {
      return .host(try DomainName(parsing: text))
    } catch {
      throw UsageError("\(safeText(text)) is no host name: \(error)", command: "tls")
    }
  }

  static func addresses(
    _ option: String, _ invocation: ParsedInvocation, port: UInt16
  ) throws(UsageError) -> [SocketAddress] {
    var addresses: [SocketAddress] = []
    for text in invocation.values(option) {
      guard let address = SocketAddress(parsing: text, defaultPort: port) else {
        throw UsageError("--\(option) \(safeText(text)) is no ADDR:PORT", command: "tls")
      }
      addresses.append(address)
    }
    return addresses
  }

  private static func addresses(
    _ invocation: ParsedInvocation, host: String, port: UInt16
  ) throws -> [SocketAddress] {
    let given = try addresses("connect", invocation, port: port)
    guard given.isEmpty else { return given }
    if let (bytes, scope) = SocketAddress.address(host),
      let address = SocketAddress(address: bytes, port: port, scope: scope)
    {
      return [address]
    }
    return try SystemResolver.addresses(of: host, port: port)
  }

  private static func show(
    _ facts: [EndpointFacts], _ readiness: Readiness, _ console: Console, at moment: UTCInstant
  ) {
    if console.wantsJSON {
      console.result(
        .record([
          ("verdict", .string(readiness.verdict.rawValue)), ("at", .string(moment.description)),
          ("certificateEnds", readiness.certificateEnds.map { .string($0.description) }),
          ("findings", .array(readiness.findings.map(\.json))),
          ("addresses", .array(facts.map(\.json))),
        ]))
      return
    }
    let text = EndpointText(at: moment)
    for address in facts {
      for line in text.lines(address) { console.result(line) }
      console.result("")
    }
    showFindings(readiness.findings, console, text)
    let ink: Console.Ink = readiness.verdict == .ready ? .green : .red
    console.result(console.ink(ink, readiness.verdict.rawValue))
  }

  static func showFindings(
    _ findings: [Finding], _ console: Console, _ text: EndpointText
  ) {
    for finding in findings {
      let ink: Console.Ink =
        switch finding.severity {
        case .blocker: .red
        case .unknown, .warning: .yellow
        case .note: .dim
        }
      for line in text.lines([finding]) { console.result(console.ink(ink, line)) }
    }
  }
}
