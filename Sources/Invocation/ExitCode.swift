/// The exit codes people script against (README, "Exit codes").
public enum ExitCode: Int32, Sendable, CaseIterable {
  case done = 0
  case failed = 1
  case usage = 2
  case refused = 3
  case waiting = 4
  case inconclusive = 5
  case held = 6

  public var meaning: String {
    switch self {
    case .done: "done"
    case .failed: "failed"
    case .usage: "the command line was not understood"
    case .refused: "refused, blocked or wrong"
    case .waiting: "waiting: not yet, but nothing is amiss"
    case .inconclusive: "inconclusive: it could not be known"
    case .held: "held: a person must decide"
    }
  }

  /// Where several apply at once, the gravest wins: 3 > 6 > 5 > 4 > 0; failing and usage are not verdicts.
  public static func gravest(_ codes: some Sequence<ExitCode>) -> ExitCode {
    let order: [ExitCode] = [.failed, .usage, .refused, .held, .inconclusive, .waiting]
    let present = Set(codes)
    return order.first { present.contains($0) } ?? .done
  }
}
