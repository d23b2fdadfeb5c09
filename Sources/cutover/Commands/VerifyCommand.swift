import Assessment
import DNSModel
import DNSObservers
import Invocation
import Migration
import Notation
import Reports
import SystemIO

enum VerifyCommand: Command {
  static let spec = CommandSpec(
    name: "verify", summary: "ask many resolvers, say why each disagrees and until when",
    operands: [OperandSpec("NAME", .one, "the hostname that moved")],
    options: [
      .list("expect", "TARGET", required: true, "what it should say: a name, or addresses"),
      .list("old", "TARGET", "what it said before: lets an old answer be judged as one"),
      .value("old-ttl", "SPAN", "the largest TTL the old value was published with"),
      .value("changed-at", "TIME", "when the last authority stopped giving the old value"),
      .list("resolver", "ADDR[:PORT][/CHANNEL]", "ask this (udp, tcp, tls, https); none: nobody"),
      .list("tolerate", "ADDR[:PORT][/CHANNEL]", "ask this too, but let it disagree"),
      .value("resolver-table", "FILE", "a table of resolvers in place of the built-in one"),
      .value("ca", "FILE", "trust anchors (PEM) for resolvers over TLS and HTTPS"),
      .flag("watch", "ask again until all required agree"),
      .value("interval", "SPAN", "between two rounds of --watch (default: 10 s)"),
      .value("for", "SPAN", "how long --watch goes on (default: until all agree)"),
      .value("svg", "FILE", "draw the drain of the old value"),
    ] + AskingOptions.specs,
    examples: [
      "cutover verify api.contososhoes.com --expect contoso.azurefd.net "
        + "--old apicontososhoes.azurewebsites.net --old-ttl 2d",
      "cutover verify api.example.test --expect 192.0.2.7 --resolver 127.0.0.1:5300 "
        + "--authoritative 127.0.0.1:5353",
    ],
    notes: """
      The authorities are asked first. While any of them denies the name, no resolver is asked: the
      question itself would plant a negative answer there. Exit 0 only when all required agree; 3 where
      one is wrong, 5 where one could not be judged, 4 where time will mend it.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let request = try VerifyRequest(invocation)
    var observed: [(at: UTCInstant, permille: Int)] = []
    let begin = SystemClock.wall()
    var shown: [String: String] = [:]
    while true {
      let verification = try request.look()
      observed.append((verification.at, verification.formerPermille))
      if request.watches {
        showChanges(verification, &shown, console)
      } else if !console.wantsJSON {
        show(verification, console)
      }
      let spent = SystemClock.wall() - begin
      let isOver = request.lasts.map { spent + request.interval > $0 } ?? false
      if !request.watches || verification.standing == .agrees || isOver {
        if console.wantsJSON { console.result(verification.json) }
        if let path = request.svgPath { try draw(request, verification, observed, to: path) }
        return verification.exitCode
      }
      SystemClock.pause(until: SystemClock.sinceBoot() + request.interval)
    }
  }

  private static func show(_ verification: Verification, _ console: Console) {
    for line in verification.lines { console.result(line) }
    let ink: [Verdict.Standing: Console.Ink] = [
      .agrees: .green, .waits: .yellow, .inconclusive: .yellow, .wrong: .red,
    ]
    let word = verification.standing == .agrees ? "all required agree" : verification.standing.word
    console.result("")
    console.result(console.ink(ink[verification.standing] ?? .bold, word))
  }

  /// One line per change, and one for the curve.
  private static func showChanges(
    _ verification: Verification, _ shown: inout [String: String], _ console: Console
  ) {
    for line in verification.authorities + verification.resolvers
    where shown[line.server.description] != line.verdict.kind.rawValue {
      shown[line.server.description] = line.verdict.kind.rawValue
      console.progress(line.text)
    }
    let permille = verification.formerPermille
    let bar = String(repeating: "█", count: permille / 50)
    let rest = String(repeating: "░", count: 20 - permille / 50)
    let clock = CivilDateTime(verification.at).timeText
    console.progress("\(clock) \(bar)\(rest) \(permille / 10) % not converged")
  }

  private static func draw(
    _ request: VerifyRequest, _ verification: Verification,
    _ observed: [(at: UTCInstant, permille: Int)], to path: String
  ) throws {
    let start = request.changedAt ?? observed.first?.at ?? verification.at
    let points = observed.map {
      DrainCurve.Point(after: max(.zero, $0.at - start), permille: $0.permille)
    }
    let svg = drainCurveSVG(
      title: "\(verification.expectation.name) drains",
      expected: request.oldTTL.map { DrainCurve(ttl: $0) }, observed: points)
    try AtomicFile.replace(path, with: Array(svg.utf8))
  }
}

extension Verification {
  /// The share of resolvers, in thousandths, that have not converged.
  var formerPermille: Int {
    guard !resolvers.isEmpty else { return 0 }
    let open = resolvers.count { $0.verdict.kind != .converged }
    return open * 1000 / resolvers.count
  }

  var exitCode: ExitCode {
    switch standing {
    case .agrees: .done
    case .waits: .waiting
    case .inconclusive: .inconclusive
    case .wrong: .refused
    }
  }
}
