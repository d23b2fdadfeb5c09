import Assessment
import DNSModel
import DNSObservers
import Engine
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
      .list(
        "resolver", "ADDR[:PORT][/CHANNEL][#NAME]",
        "ask this (udp, tcp, tls, https; NAME as its certificate has it); none: nobody"),
      .list("tolerate", "ADDR[:PORT][/CHANNEL][#NAME]", "ask this too, but let it disagree"),
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
      one is wrong, 5 where one could not be judged, 4 where time will mend it. Where --state knows a
      migration of NAME, its ledger says how long former values may be kept, and its plan who is asked.
      Plans/resolvers.json is the built-in table, to be copied and edited.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let request = try VerifyRequest(invocation)
    if request.watches {
      let watch = VerifyWatch(request, console)
      return try watch.run()
    }
    let verification = try request.look()
    if console.wantsJSON {
      console.result(request.json(verification))
    } else {
      show(verification, request, console)
    }
    var record = DrainRecord(start: request.changedAt ?? verification.at)
    record.note(verification)
    try request.draw(record, verification)
    return verification.exitCode
  }

  static func show(
    _ verification: Verification, _ request: VerifyRequest, _ console: Console
  ) {
    let lines = verification.lines
    console.result(console.ink(.bold, lines[0]))
    if let ledger = request.ledger {
      console.result("by the ledger of migration \(ledger.id.text):")
      for line in ledger.lines { console.result("  \(line)") }
    }
    for line in lines.dropFirst() { console.result(line) }
    let ink: [Verdict.Standing: Console.Ink] = [
      .agrees: .green, .waits: .yellow, .inconclusive: .yellow, .wrong: .red,
    ]
    let word = verification.standing == .agrees ? "all required agree" : verification.standing.word
    console.result("")
    console.result(console.ink(ink[verification.standing] ?? .bold, word))
  }
}

extension Verification {
  var exitCode: ExitCode {
    switch standing {
    case .agrees: .done
    case .waits: .waiting
    case .inconclusive: .inconclusive
    case .wrong: .refused
    }
  }
}
