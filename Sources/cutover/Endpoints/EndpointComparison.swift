import Assessment
import Certificates
import Invocation
import Migration
import Notation
import Reports
import SystemIO

/// `tls HOST --connect NEW --compare OLD`: the same requests to both, without a plan.
struct EndpointComparison {
  private let invocation: ParsedInvocation
  private let probe: EndpointProbe
  private let console: Console

  init(_ invocation: ParsedInvocation, _ probe: EndpointProbe, _ console: Console) {
    self.invocation = invocation
    self.probe = probe
    self.console = console
  }

  func run(new: [SocketAddress], port: UInt16) throws -> ExitCode {
    let old = try TLSCommand.addresses("compare", invocation, port: port)
    var comparison = ParityProbe(probe, paths: [probe.healthPath ?? "/"])
    comparison.waitsForIdle = true
    let sides = comparison.sides(old: old, new: new)
    let accepted = invocation.values("accept").map {
      ParityException(difference: $0, reason: "accepted on the command line")
    }
    let parity = Parity(old: sides.old, new: sides.new, accepted: accepted)
    let text = ParityText(parity)
    if console.wantsJSON {
      console.result(
        .record([
          ("rows", .array(parity.rows.map(\.json))),
          ("findings", .array(parity.findings.map(\.json))),
        ]))
    } else if invocation.flag("markdown") {
      console.result(text.markdown)
    } else if invocation.flag("html") {
      console.result(text.page(title: "Parity of \(probe.identity)"))
    } else {
      for line in text.plain { console.result(line) }
    }
    switch parity.findings.gravest {
    case .blocker: return .refused
    case .unknown: return .inconclusive
    default: return .done
    }
  }
}
