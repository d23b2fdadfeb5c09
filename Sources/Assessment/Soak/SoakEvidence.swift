/// What one soak gate has to go by.
public enum SoakEvidence: Hashable, Sendable {
  case probes(ProbeSample)
  case program(ProgramEnd)
  /// The answer to a query, in thousandths; nil where there was none, or none that is a number.
  case query(perMille: Int64?)
}

/// Our own requests over the new path, and their baseline: the same path (SNI and Host at the new
/// endpoint) before any client was on it. A baseline from another path would say nothing.
public struct ProbeSample: Hashable, Sendable {
  public var attempts: Int
  public var successes: Int
  /// Medians in milliseconds; nil without a success to take them from.
  public var latency: Int?
  public var baseline: Int?

  public init(attempts: Int, successes: Int, latency: Int?, baseline: Int?) {
    self.attempts = attempts
    self.successes = successes
    self.latency = latency
    self.baseline = baseline
  }

  /// Fewer say too little about a share of 99.9 %.
  public static let fewestAttempts = 20
}

/// How a gate's command ended: 0 passes, 1 fails, anything else could not tell.
public enum ProgramEnd: Hashable, Sendable {
  case exited(Int32)
  case timedOut
  case notStarted(String)
}
