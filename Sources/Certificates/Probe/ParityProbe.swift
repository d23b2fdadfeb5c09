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
    let seen = probe.look(at: addresses)
    let open = zip(addresses, seen).first { $0.1.shown != nil }?.0
    guard let open else {
      let nothing = requests.map { ParitySide.Answer($0, nil) }
      return ParitySide(addresses: seen, answers: nothing, traits: [])
    }
    let look = HTTPLook(
      identity: endpoint.identity, address: open, patience: endpoint.patience)
    let traits = TraitProbe(
      identity: endpoint.identity, address: open, patience: endpoint.patience, path: paths[0])
    let answers = inParallel(
      requests.map { request in
        { @Sendable in Self.answer(request, look) }
      })
    return ParitySide(addresses: seen, answers: answers, traits: traits.traits())
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
