import DNSModel
import Engine
import Migration
import Notation

extension Blocker {
  /// One line for people: what is waited for, why, and until when (R22).
  func text(_ plan: CompiledPlan, at now: Now) -> String {
    func at(_ at: UTCInstant) -> String {
      // What is over by the clock still waits for the next look or turn.
      at > now.safe
        ? "\(at.nextSecond) (\((at - now.safe).inSeconds) from now)"
        : "\(at.nextSecond), which is over: the next look decides"
    }
    func moment(_ end: UTCInstant) -> String { "until \(at(end))" }
    switch self {
    case .exposure(let value, .some(let until)):
      return "\(value.text(plan)) may still sit in caches \(moment(until))"
    case .exposure(let value, .none):
      return "\(value.text(plan)) may still be served by an authoritative; rounds are counted"
    case .stageMoment(let due): return "the next, lower TTL is due \(at(due))"
    case .cutOverMoment(let due): return "the plan asks not to cut over before \(at(due))"
    case .notServedYet(let value):
      return "written, but not every authoritative serves \(value.text(plan)) yet"
    case .authoritiesUnreachable:
      return "an authoritative address cannot be asked, so nothing can be said about it"
    case .viewUnfit:
      return "no recent look at which all authoritatives agree on what is expected"
    case .providerUnread: return "the provider was not read recently"
    case .providerDiffers(let held):
      return "the provider holds \(held.text(plan)), which is not what should be there"
    case .openEffect(let purpose, let until):
      return until == .distantFuture
        ? "a person was told to \(purpose.task); it ends when the world shows it, "
          + "or when someone says that it will not be done: cutover resume --withdraw"
        : "\(purpose.task): not seen to have taken hold yet; it still can, \(moment(until))"
    case .retry(let purpose, let due): return "\(purpose.task): tried again \(at(due))"
    case .evidence(let kind, let outcome): return "\(kind.subject): \(outcome.text(of: kind))"
    case .evidenceStale(let kind): return "\(kind.subject): the last look is too old, looking again"
    case .approval(let gate, let missing):
      return "\(missing) approval\(missing == 1 ? "" : "s") missing: "
        + "cutover approve --gate \(gate.name)"
        + (gate == .restoreTTL ? ", or with --decline to leave it low" : "")
    case .changeWindow(.some(let opens)): return "the change window opens \(at(opens))"
    case .changeWindow(.none): return "the change window went by: a person decides"
    case .paused(let reason): return reason.text
    case .oldEndpointEnds(let constraint, let at):
      return "\(constraint.text) ends \(at.lastSecond), before a rollback could be done with"
    case .tail(let until): return "the minimum tail after the drain lasts \(moment(until))"
    case .attestation:
      return "nobody has vouched that no client uses the old endpoint directly: "
        + "cutover approve --attest-drained"
    case .renewal(let due): return "the new certificate is renewed \(at(due))"
    case .soak(let until): return "the soak lasts \(moment(until))"
    case .repairing: return "the recorded overwrite is carried out first"
    case .mayNotAskResolvers:
      return "resolvers are not asked while an authoritative denies the name or cannot be asked"
    }
  }
}

extension ServedValue {
  func text(_ plan: CompiledPlan) -> String {
    switch content {
    case .old: "the old record (TTL \(ttl.span))"
    case .new: "the new record (TTL \(ttl.span))"
    case .absent: "\"no such name\" (for \(ttl.span))"
    case .other: "a foreign record (TTL \(ttl.span))"
    }
  }
}

extension EffectPurpose {
  var task: String {
    switch self {
    case .record: "change the record"
    case .own: "prove the name to the router"
    case .certificate: "obtain the certificate"
    case .bind: "bind the name at the router"
    case .clean: "take the name off the router"
    case .lock: "lock the old endpoint"
    case .unlock: "unlock the old endpoint"
    case .retire: "retire the old endpoint"
    case .renew: "renew the certificate"
    }
  }
}

extension EvidenceKind {
  var subject: String {
    switch self {
    case .audit: "the audit"
    case .oldEndpoint: "the old endpoint"
    case .newEndpoint: "the new endpoint, by SNI at each address"
    case .parity: "parity of old and new"
    case .issuance: "whether the CA may issue"
    case .router: "the router"
    case .resolvers: "the resolvers"
    case .soak: "the soak gates"
    case .traffic: "direct traffic at the old endpoint"
    case .originLock: "the lock of the old endpoint"
    case .retirement: "the old endpoint's retirement"
    }
  }
}

extension Look {
  var subject: String {
    switch self {
    case .authoritatives: "the authoritatives"
    case .provider: "the provider"
    case .resolvers: "the resolvers"
    case .evidence(let kind): kind.subject
    }
  }
}

extension Outcome {
  var text: String {
    switch self {
    case .missing: "not looked at yet"
    case .pass: "well"
    case .inconclusive: "inconclusive; that never passes"
    case .fail: "not as it must be"
    case .failAndRollBack: "not as it must be, and the plan says roll back"
    }
  }
}

extension PauseReason {
  var text: String {
    switch self {
    case .person: "paused by a person: cutover resume"
    case .drift:
      "the record drifted: put it right, then cutover resume, or decide about it with "
        + "cutover resume --overwrite or cutover resume --adopt"
    case .failure: "an effect failed for good or too often: put it right, then cutover resume"
    case .missedWindow:
      "the change window went by: cutover resume waits for the next one, or goes on "
        + "without where none is left"
    }
  }
}

extension UndoStage {
  var title: String {
    switch self {
    case .unlock: "the old endpoint takes clients"
    case .restore: "the old record at every authoritative"
    case .drain: "the new record gone from the caches"
    case .clean: "the name off the router"
    case .oldTTL: "the old TTL again"
    }
  }

  /// As short as the id of a step.
  var id: String {
    switch self {
    case .unlock: "old.open"
    case .restore: "record.back"
    case .drain: "drain"
    case .clean: "router.clean"
    case .oldTTL: "ttl.back"
    }
  }
}

extension StepKind {
  var title: String {
    switch self {
    case .baseline: "baseline: the old record, alone, at every authoritative"
    case .audit: "audit"
    case .lowerTTL(let stage, let ttl): "lower the TTL to \(ttl.span) (stage \(stage))"
    case .ownHostname: "prove the name to the router"
    case .obtainCertificate: "certificate"
    case .bindHostname: "bind the name at the router"
    case .proveEndpoint: "prove the new endpoint and its parity"
    case .renewCertificate(let number): "renew the new certificate (\(number))"
    case .approve(let gate): "approval: \(gate.text)"
    case .cutOver: "cut over"
    case .verify: "verify at the resolvers"
    case .soak(let number): "soak \(number)"
    case .lockOrigin: "lock the old endpoint"
    case .raiseTTL(let ttl): "raise the TTL to \(ttl.span)"
    case .retireOldEndpoint: "retire the old endpoint"
    case .report: "report"
    }
  }
}

extension Gate {
  var text: String {
    switch self {
    case .cutOver: "cut over"
    case .lockOrigin: "lock the old endpoint"
    case .pointOfNoReturn: "point of no return"
    case .restoreTTL: "give the old record its old TTL again"
    }
  }
}
