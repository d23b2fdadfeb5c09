import HTTP
import Migration
import Notation
import SystemIO
import TLSToolkit

/// Puts the same requests to the old and to the new endpoint, by SNI and Host, before any DNS is changed.
public struct ParityProbe: Sendable {
  /// Name, anchors, moment and patience of every look.
  public var endpoint: EndpointProbe
  /// What clients ask for. The first is tried in more ways.
  public var paths: [String]
  /// Whether a connection is left alone for a while to see whether it stays open.
  public var waitsForIdle = false

  public init(_ endpoint: EndpointProbe, paths: [String]) {
    self.endpoint = endpoint
    self.paths = paths.isEmpty ? ["/"] : paths
  }

  public func sides(
    old: [SocketAddress], new: [SocketAddress]
  ) -> (old: ParitySide, new: ParitySide) {
    let both = inParallel([{ @Sendable in side(at: old) }, { @Sendable in side(at: new) }])
    return (both[0], both[1])
  }

  public func side(at addresses: [SocketAddress]) -> ParitySide {
    var probe = endpoint
    probe.healthPath = paths[0]
    guard let first = addresses.first else {
      return ParitySide(addresses: [], answers: requests.map { ParitySide.Answer($0, nil) })
    }
    // Requests go to the first address: that the others answer alike is for readiness to see.
    let look = HTTPLook(
      identity: endpoint.identity, address: first, patience: endpoint.patience,
      port: endpoint.port)
    var traits = TraitProbe(
      identity: endpoint.identity, address: first, patience: endpoint.patience,
      port: endpoint.port, path: paths[0])
    traits.waitsForIdle = waitsForIdle
    let parts: [@Sendable () -> Part] =
      [{ [probe] in .seen(probe.look(at: addresses)) }, { [traits] in .traits(traits.traits()) }]
      + requests.map { request in { @Sendable in .answer(Self.answer(request, look)) } }
    var side = ParitySide(addresses: [])
    for part in inParallel(parts) {
      switch part {
      case .seen(let facts): side.addresses = facts
      case .traits(let found): side.traits = found
      case .answer(let answer): side.answers.append(answer)
      }
    }
    return side
  }

  private enum Part: Sendable {
    case seen([EndpointFacts])
    case traits([ParitySide.Trait])
    case answer(ParitySide.Answer)
  }

  /// HEAD as well: health probes of routers use it.
  private var requests: [String] { paths.map { "GET \($0)" } + ["HEAD \(paths[0])"] }

  private static func answer(_ request: String, _ look: HTTPLook) -> ParitySide.Answer {
    let words = request.split(separator: " ", maxSplits: 1).map(String.init)
    let facts = try? look.ask(words[0], words[1])
    let again = words[0] == "GET" && facts != nil ? try? look.ask(words[0], words[1]) : nil
    return ParitySide.Answer(request, facts, again: again)
  }
}
