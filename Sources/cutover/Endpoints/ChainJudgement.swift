import Assessment
import Invocation
import Migration
import Notation
import Reports
import SystemIO
import TLSToolkit

/// `tls --chain FILE`: a chain judged without a network.
struct ChainJudgement {
  private let invocation: ParsedInvocation
  private let console: Console
  private let anchors: TrustAnchors
  private let moment: UTCInstant

  init(
    _ invocation: ParsedInvocation, _ console: Console, _ anchors: TrustAnchors,
    _ moment: UTCInstant
  ) {
    self.invocation = invocation
    self.console = console
    self.anchors = anchors
    self.moment = moment
  }

  func judge(_ file: String) throws -> ExitCode {
    let all = try Certificate.readAll(InputFile.read(file))
    let chain = try ChainArrangement(all)
    let identity = try invocation.value("name").map { try TLSCommand.identity($0) }
    let verdict = try ChainVerification(anchors: anchors, at: moment)
      .verdict(for: chain.leaf, with: all.filter { $0 != chain.leaf }, as: identity)
    let findings = ShownFindings(
      sent: all.map(\.facts), leaf: chain.leaf.facts, verdict: verdict, subject: safeText(file),
      isPrivate: invocation.value("ca") != nil, at: moment
    ).all.ordered
    if console.wantsJSON {
      console.result(
        .record([
          ("verdict", verdict.json), ("findings", .array(findings.map(\.json))),
          ("chain", .array(all.map(\.facts.json))),
        ]))
    } else {
      let text = EndpointText(at: moment)
      for (index, certificate) in ([chain.leaf] + chain.intermediates).enumerated() {
        for line in text.lines(certificate.facts, position: index) { console.result(line) }
      }
      TLSCommand.showFindings(findings, console, text)
      if identity == nil { console.progress("no --name was given: names were not checked") }
    }
    return findings.gravest == .blocker ? .refused : .done
  }
}
