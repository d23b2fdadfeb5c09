import DNSModel
import Engine
import Notation
import SystemIO

/// Writes `_acme-challenge.NAME TXT` into a zone file of this machine, takes it out again, and tells the
/// server each time.
public struct ZoneFileChallenges: ChallengePublisher {
  private let file: ZoneFileOnDisk
  private let sight: ChallengeSight

  /// `authorities`: every address that answers for the zone, the CA may ask any of them.
  public init(
    zone: DomainName, path: String, reload: [String], authorities: [SocketAddress],
    patience: TimeSpan = .seconds(10)
  ) {
    file = ZoneFileOnDisk(path: path, reload: reload)
    sight = ChallengeSight(zone: zone, authorities: authorities, patience: patience)
  }

  public func visibility(of proof: ChallengeProof) -> ChallengeVisibility {
    sight.visibility(of: proof)
  }

  public func publish(_ proof: ChallengeProof) throws {
    let (domain, edit) = (try DomainName(parsing: proof.domain), try edit(for: proof))
    try change { text throws in
      let layout = try ZoneFileLayout(text, origin: sight.zone)
      if layout.livesByWildcard(domain, in: sight.zone) {
        throw ChallengeSight.belowWildcard(domain, edit.owner)
      }
      if !layout.elsewhere.isEmpty, !layout.holds(domain) {
        try sight.refuseBelowWildcard(domain, edit.owner)
      }
      return try edit.added(to: text, origin: sight.zone, serial: Self.next)
    }
  }

  public func remove(_ proof: ChallengeProof) throws {
    let edit = try edit(for: proof)
    try change { text throws in
      try edit.removed(from: text, origin: sight.zone, serial: Self.next)
    }
  }

  private func edit(for proof: ChallengeProof) throws -> ZoneFileValueEdit {
    ZoneFileValueEdit(
      owner: try sight.name(of: proof), type: "TXT", ttl: ChallengeSight.ttl,
      value: "\"\(proof.value)\"")
  }

  private static func next(_ serial: Serial) -> Serial { serial.following(on: SystemClock.wall()) }

  /// `edited`: nil where the file says so already. The server is told all the same: whoever wrote the file
  /// may have ended before that.
  private func change(_ edited: ([UInt8]) throws -> [UInt8]?) throws {
    do {
      guard let lock = try file.lock() else {
        throw ProviderFailure("the zone file is being written by another process")
      }
      defer { withExtendedLifetime(lock) {} }
      if let text = try edited(AtomicFile.read(file.path)) {
        try AtomicFile.replace(file.path, with: text)
      }
    } catch let error as ZoneFileEditError {
      throw ChallengeRefusal("the zone file \(safeText(file.path)) was left as it is: \(error)")
    }
    if let trouble = file.tellServer() { throw ProviderFailure(trouble) }
  }
}
