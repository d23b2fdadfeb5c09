import DNSModel
import Engine
import Notation
import SystemIO

/// A person enters the proof: what exactly is printed, and the authoritatives show when it is there. It is
/// printed again when it can go; nobody waits for that.
public struct ManualChallenges: ChallengePublisher {
  private let sight: ChallengeSight
  /// Where the person goes: free text of the plan, or nothing.
  private let place: String
  private let tell: (String) -> Void

  /// `authorities`: every address that answers for the zone, the CA may ask any of them.
  public init(
    zone: DomainName, place: String = "", authorities: [SocketAddress],
    patience: TimeSpan = .seconds(10), tell: @escaping (String) -> Void
  ) {
    sight = ChallengeSight(zone: zone, authorities: authorities, patience: patience)
    self.place = place
    self.tell = tell
  }

  public func publish(_ proof: ChallengeProof) throws {
    let name = try sight.name(of: proof)
    try sight.refuseBelowWildcard(DomainName(parsing: proof.domain), name)
    tell(
      """
      Add this record\(atPlace) (further values at the name stay):

      \(record(name, proof.value))

      This goes on by itself as soon as every authoritative server shows it.
      """)
  }

  public func visibility(of proof: ChallengeProof) -> ChallengeVisibility {
    guard case .notYet(let who) = sight.visibility(of: proof), let name = try? sight.name(of: proof)
    else { return sight.visibility(of: proof) }
    // Whoever comes later reads it here.
    return .notYet("\(who); a person adds \(name) TXT \"\(proof.value)\"")
  }

  public func remove(_ proof: ChallengeProof) throws {
    tell(
      """
      Not needed any more: remove this record\(atPlace) (or do not add it; other values at the name stay)

      \(record(try sight.name(of: proof), proof.value))
      """)
  }

  private var atPlace: String { place.isEmpty ? "" : " at \(safeText(place))" }

  private func record(_ name: DomainName, _ value: String) -> String {
    let relative = ProviderScope(zone: sight.zone, name: name).relativeName ?? name.host
    return """
        name    \(relative)      the page adds the zone by itself
                \(name)      the page wants the whole name
        type    TXT
        value   \(value)      with quotes around it only where the page wants them
        TTL     \(ChallengeSight.ttl)  (or the lowest there is)
      """
  }
}
