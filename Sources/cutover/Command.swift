import Invocation

/// One command: its declaration, and what it does. Everything is synchronous; what takes long runs
/// on threads of its own.
protocol Command: Sendable {
  static var spec: CommandSpec { get }
  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode
}

/// Every command, in the order of the help page. One line each: add yours here.
enum CommandTable {
  static var groups: [(title: String, commands: [any Command.Type])] {
    [
      ("See where a name stands", [AuditCommand.self, VerifyCommand.self]),
      ("Plan and rehearse the move", [PlanCommand.self, RehearseCommand.self]),
      (
        "Run it",
        [
          StartCommand.self,
          RunCommand.self,
          StepCommand.self,
          ListCommand.self,
          StatusCommand.self,
          ExplainCommand.self,
          ApproveCommand.self,
          PauseCommand.self,
          ResumeCommand.self,
          AbortCommand.self,
          RollbackCommand.self,
          HistoryCommand.self,
        ]
      ),
      (
        "Regions behind the router",
        [
          RegionListCommand.self, RegionAddCommand.self, RegionDrainCommand.self,
          RegionRemoveCommand.self, DrillCommand.self,
        ]
      ),
      (
        "Try it on loopback",
        [
          SandboxUpCommand.self, SandboxStatusCommand.self, SandboxDoCommand.self,
          SandboxReportCommand.self, SandboxDownCommand.self,
        ]
      ),
      (
        "Servers, zones and certificates",
        [
          CertificateIssueCommand.self, CertificateShowCommand.self, CertificateRenewCommand.self,
          ZoneCheckCommand.self, ZonePrintCommand.self, ProviderCheckCommand.self,
          TLSCommand.self, VersionCommand.self,
          DNSCommand.self, DNSControlCommand.self,
        ]
      ),
    ]
  }

  static var all: [any Command.Type] { groups.flatMap(\.commands) }
}
