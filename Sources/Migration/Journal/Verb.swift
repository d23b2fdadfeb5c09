import Notation

/// What a person can say to a migration.
public enum Verb: Hashable, Sendable {
  case approve(Gate, planDigest: String, evidenceDigest: String)
  /// The gate's answer is no: leave it as it is. Only `restoreTTL` can be declined.
  case decline(Gate)
  case pause
  case resume
  /// Give the move up and restore the old world; the same as `rollback` before the cutover.
  case abort
  case rollback
  /// Try a failed effect again.
  case retry
  /// Let what is in DNS stand, though it is neither ours nor the plan's (R19).
  case adopt
  /// Replace it by what the migration wants (R19).
  case overwrite
  /// Do without an authority that cannot be asked (R1).
  case waive(authority: String)
  /// Restore the record although the old endpoint was not seen healthy (R13).
  case breakGlass
  /// A person vouches that no client uses the old endpoint directly any more (R7).
  case attestDrained
  /// A manual change that was handed over will not be made any more.
  case withdraw

  public var name: String {
    switch self {
    case .approve: "approve"
    case .decline: "decline"
    case .pause: "pause"
    case .resume: "resume"
    case .abort: "abort"
    case .rollback: "rollback"
    case .retry: "retry"
    case .adopt: "adopt"
    case .overwrite: "overwrite"
    case .waive: "waive"
    case .breakGlass: "break-glass"
    case .attestDrained: "attest-drained"
    case .withdraw: "withdraw"
    }
  }
}

/// One verb from one person. `request` makes it the same command however often it is sent.
public struct Command: Hashable, Sendable {
  public var request: String
  public var actor: String
  public var verb: Verb
  public var reason: String

  public init(request: String, actor: String, verb: Verb, reason: String = "") {
    self.request = request
    self.actor = actor
    self.verb = verb
    self.reason = reason
  }
}

/// What became of a command. Every verb has one of these in every state.
public enum CommandResult: Hashable, Sendable {
  case accepted
  /// It is so already; nothing was changed.
  case alreadySo
  case refused(CommandRefusal)
}

public enum CommandRefusal: String, Hashable, Sendable, CaseIterable {
  case ended
  case pastPointOfNoReturn
  case rollingBack
  case nothingToApprove
  case planChanged
  case evidenceChanged
  case notAnApprover
  case notPaused
  case nothingFailed
  case noDrift
  case nothingToPutBack
  case cannotAdoptWhileLocked
  case driftMustBeDecided
  case authorityReachable
  case notRollingBack
  case oldEndpointNotNeeded
  case hasTrafficSource
  case nothingToAttest
  case nothingHandedOver
  case cannotDecline

  public var explanation: String {
    switch self {
    case .ended: "the migration has ended"
    case .pastPointOfNoReturn: "the point of no return has been passed: only forward is left"
    case .rollingBack: "the move is being rolled back"
    case .nothingToApprove: "this gate is not open: nothing waits for it, or it was passed"
    case .planChanged: "this approves another plan than the one that runs"
    case .evidenceChanged: "the evidence is no longer what was shown: look again, then approve"
    case .notAnApprover: "the plan does not name this person as an approver of this gate"
    case .notPaused: "it is not paused"
    case .nothingFailed:
      "nothing has failed for good: what can be tried again is tried again by itself"
    case .noDrift: "no drift is known, as far as DNS was looked at: there is nothing to decide"
    case .nothingToPutBack:
      "the old record was never seen, so there is nothing to put in place of this one: abort, or let it stand"
    case .cannotAdoptWhileLocked:
      "the old endpoint may be locked: roll back first, then hand the record over"
    case .driftMustBeDecided:
      "the record is still not what it must be: put it right first, or decide with resume --overwrite or resume --adopt"
    case .authorityReachable: "this authority is not among those that cannot be asked"
    case .notRollingBack: "nothing is being rolled back"
    case .oldEndpointNotNeeded: "the record is restored already, or was never changed"
    case .hasTrafficSource: "the plan names a source of traffic figures: they decide"
    case .nothingToAttest: "the old endpoint is not about to be locked"
    case .nothingHandedOver: "no change was handed over to a person"
    case .cannotDecline: "this gate cannot be declined: approve it, or abort"
    }
  }
}
