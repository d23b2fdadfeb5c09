import DNSModel
import Migration
import Notation

/// May the CA issue (R11)? The closest non-empty CAA set at or above the name counts, an alias at a
/// name followed, its target's parents not (RFC 8659 §3). It is asked for the name as it points today and
/// as it will point after the swap, since the certificate is renewed there. A failed lookup refuses.
public struct CAAVerdict: Hashable, Sendable {
  public enum Outcome: Hashable, Sendable { case allowed, forbidden, unknown }

  public let outcome: Outcome
  /// What was found, where, and what would help.
  public let text: String

  /// `beyond`: what lies outside the name's zone was not asked for, as in a private zone whose parents
  /// nobody here can ask; it is then left out, and said so.
  public init(
    _ evidence: NameEvidence, wildcard: Bool, for requester: CAARequester,
    isZoneOnly: Bool = false
  ) {
    var notes: [String] = []
    var worst: (outcome: Outcome, text: String)?
    for path in Self.paths(evidence) {
      let (outcome, text) = Self.judge(
        path, evidence, wildcard, requester, isZoneOnly: isZoneOnly)
      if outcome == .allowed {
        if !notes.contains(text) { notes.append(text) }
      } else if worst == nil || outcome == .forbidden && worst?.outcome == .unknown {
        worst = (outcome, text)
      }
    }
    outcome = worst?.outcome ?? .allowed
    text = worst?.text ?? notes.joined(separator: "; ")
  }

  private struct Path {
    var when: String
    var steps: [Step]
  }

  /// One name on the way up, and every answer to it: servers may differ, and the CA may ask any.
  private struct Step {
    var name: DomainName
    var sets: [[ResourceRecord]]
    var isKnown: Bool
    var isOutside: Bool
    var trouble: String
  }

  private static func paths(_ evidence: NameEvidence) -> [Path] {
    let above = evidence.ancestorCAA.map { step($0, evidence) }
    let today = evidence.targets.first { !$0.isNew }.map { step($0.caa, evidence) }
    var paths = [Path(when: "today", steps: [own(evidence, today)] + above)]
    for target in evidence.targets where target.isNew {
      let ahead = step(target.caa, evidence)
      paths.append(Path(when: "after the swap", steps: [ahead] + above))
    }
    return paths
  }

  /// At the name itself: each authority's word, and where that is an alias, what stands at its end.
  private static func own(_ evidence: NameEvidence, _ target: Step?) -> Step {
    let answers = evidence.answers(evidence.name, .caa).map(\.reply)
    let direct = answers.filter { $0.chain.isEmpty || !$0.records.isEmpty }
    var step = Step(
      name: evidence.name, sets: distinct(direct.map(\.records)),
      isKnown: !direct.isEmpty, isOutside: false, trouble: "no authority answers")
    guard let target, answers.contains(where: { !$0.chain.isEmpty && $0.records.isEmpty }) else {
      return step
    }
    step.sets = distinct(step.sets + target.sets)
    step.isKnown = target.isKnown
    step.isOutside = target.isOutside
    step.trouble = "it is an alias to \(target.name): \(target.trouble)"
    return step
  }

  private static func step(_ found: NameEvidence.Resolution, _ evidence: NameEvidence) -> Step {
    let isOutside =
      !found.name.isWithin(evidence.zone)
      || found.chain.last.map { !$0.target.isWithin(evidence.zone) } == true
    var trouble = found.isLoop ? "its aliases run in a circle" : "no authority was found"
    if let last = found.last {
      switch last.outcome {
      case .reply(let reply): trouble = "\(last.server.address) answers \(reply.code)"
      case .silence(let why): trouble = "\(last.server.address): \(why)"
      }
    }
    return Step(
      name: found.name, sets: [found.records], isKnown: found.isKnown && !found.isLoop,
      isOutside: isOutside, trouble: trouble)
  }

  private static func distinct(_ sets: [[ResourceRecord]]) -> [[ResourceRecord]] {
    var kept: [[ResourceRecord]] = []
    for set in sets
    where !kept.contains(where: { Set($0.map(\.data)) == Set(set.map(\.data)) }) {
      kept.append(set)
    }
    return kept
  }

  private static func judge(
    _ path: Path, _ evidence: NameEvidence, _ wildcard: Bool, _ requester: CAARequester,
    isZoneOnly: Bool
  ) -> (Outcome, String) {
    let wanted = wildcard ? "*.\(evidence.name)" : "\(evidence.name)"
    for step in path.steps {
      if step.isOutside, !step.isKnown, isZoneOnly {
        if step.name.isWithin(evidence.zone) || !evidence.zone.isWithin(step.name) { continue }
        return (
          .allowed,
          "CAA leaves \(wanted) open up to \(evidence.zone) (\(path.when)); above that "
            + "nobody here can ask"
        )
      }
      guard step.isKnown else {
        return (
          .unknown,
          "CAA of \(step.name) could not be looked up for \(wanted) (\(path.when)): "
            + "\(step.trouble); a CA that cannot look it up refuses"
        )
      }
      let found = step.sets.filter { !$0.isEmpty }
      guard !found.isEmpty else { continue }
      for set in found {
        let seen = set.map { "\($0.owner) CAA \($0.data.shortText)" }.joined(separator: ", ")
        switch CAASet(set).answer(to: requester, wildcard: wildcard) {
        case .allowed: continue
        case .forbidden(let why):
          return (.forbidden, "CAA forbids \(wanted) (\(path.when)): \(why); seen: \(seen)")
        case .dependsOnName:
          return (
            .unknown,
            "CAA limits who may issue for \(wanted) (\(path.when)), and what the CA calls itself "
              + "there is not known; seen: \(seen)"
          )
        }
      }
      // A server without the set sends the CA on to the parent; with it, it stops here.
      if found.count == step.sets.count {
        return (.allowed, "CAA of \(found[0][0].owner) allows \(wanted) (\(path.when))")
      }
    }
    return (.allowed, "no CAA set stands against \(wanted) (\(path.when))")
  }
}
