import Assessment
import Invocation
import Migration
import Notation
import PlanFiles
import Reports
import SystemIO

/// `tls --plan PLAN`: what the plan's two endpoints do, before any DNS is changed.
struct PlanEndpoints {
  private let invocation: ParsedInvocation
  private let console: Console
  private let moment: UTCInstant

  init(_ invocation: ParsedInvocation, _ console: Console, _ moment: UTCInstant) {
    self.invocation = invocation
    self.console = console
    self.moment = moment
  }

  func run(_ path: String) throws -> ExitCode {
    let bytes = try InputFile.read(path)
    let file: PlanFile
    do throws(PlanRejection) {
      file = try PlanFile.read(
        bytes, now: moment, zoneRules: PinnedPlan.zoneRules)
    } catch {
      return PlanComplaint(path: path).tell(error, console)
    }
    let report = try EndpointAudit(file, at: moment).report()
    if console.wantsJSON {
      console.result(report.json)
    } else if invocation.flag("markdown") {
      console.result(report.markdown)
    } else if invocation.flag("html") {
      console.result(report.html)
    } else {
      for line in report.lines(width: console.columns ?? 100) { console.result(line) }
      TLSCommand.showFindings(report.findings, console, EndpointText(at: moment))
    }
    switch report.findings.gravest {
    case .blocker: return .refused
    case .unknown: return .inconclusive
    default: return .done
    }
  }
}
