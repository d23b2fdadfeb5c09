import DNSModel
import DNSProviders
import Engine
import Migration
import SystemIO

/// Who publishes proofs in a zone: whoever changes its records.
struct ChallengeDesk {
  let zone: DomainName
  /// Where the proof must be seen.
  let authorities: [SocketAddress]
  let tell: (String) -> Void

  func publisher(_ kind: ProviderPlan.Kind) throws -> any ChallengePublisher {
    switch kind {
    case .dynamicUpdate(let server, let key):
      return DynamicUpdateChallenges(
        zone: zone, server: try server.socketAddress, key: key, authorities: authorities)
    case .zoneFile(let path, let reload):
      return ZoneFileChallenges(zone: zone, path: path, reload: reload, authorities: authorities)
    case .program(let words, _):
      return ExecChallenges(zone: zone, words: words, authorities: authorities)
    case .manual(let place):
      return ManualChallenges(zone: zone, place: place, authorities: authorities, tell: tell)
    }
  }
}
