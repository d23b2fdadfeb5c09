import Assessment
import Certificates
import DNSModel
import Migration
import Notation
import SystemIO
import TLSToolkit

/// Looks at the two endpoints of a plan as clients would meet them, by SNI and Host, at each address.
struct EndpointSurvey {
  let plan: Plan
  private let look: EndpointLook

  init(_ plan: Plan) {
    self.plan = plan
    look = EndpointLook(plan)
  }

  /// What a client asks for: the first path of the soak's probes, or the root.
  var clientPath: String { paths.first ?? "/" }

  /// The plan's own paths, those of the soak's probes, and the root.
  var paths: [String] {
    let probes = plan.soak.gates.compactMap { gate -> String? in
      if case .probes(let path) = gate.source { path } else { nil }
    }
    var paths: [String] = []
    for path in probes + plan.parityPaths + ["/"] where !paths.contains(path) { paths.append(path) }
    return paths
  }

  var isPrivate: Bool { plan.environment.trust != nil }

  private func probe(at moment: UTCInstant) throws -> EndpointProbe {
    let anchors =
      try plan.environment.trust.map { file in
        try TrustAnchors.of(Certificate.readAll(AtomicFile.read(file, limit: 1 << 20)))
      } ?? TrustAnchors.system()
    var probe = EndpointProbe(.host(plan.hostname), anchors: anchors, at: moment)
    probe.healthPath = clientPath
    return probe
  }

  /// `isWhole`: with every version, suite and group; otherwise what a run needs to know again and again.
  func facts(
    _ side: EndpointLook.Side, at moment: UTCInstant, isWhole: Bool = false
  ) throws -> [EndpointFacts] {
    var probe = try probe(at: moment)
    probe.enumerates = isWhole
    return probe.look(at: addresses(side))
  }

  func sides(
    at moment: UTCInstant, waitsForIdle: Bool = false
  ) throws -> (old: ParitySide, new: ParitySide) {
    var probe = try ParityProbe(probe(at: moment), paths: paths)
    probe.waitsForIdle = waitsForIdle
    return probe.sides(old: addresses(.old), new: addresses(.new))
  }

  /// Regions that are names: the router meets their own certificates, under their own names.
  func origins(at moment: UTCInstant) throws -> [(region: String, facts: [EndpointFacts])] {
    var seen: [(region: String, facts: [EndpointFacts])] = []
    for region in plan.router.regions {
      guard case .host(let name) = region.origin else { continue }
      var probe = try probe(at: moment)
      probe.identity = .host(name)
      probe.healthPath = region.healthPath
      probe.enumerates = false
      let addresses = look.resolve(name).compactMap {
        SocketAddress(parsing: $0, defaultPort: 443)
      }
      seen.append((region.name, probe.look(at: addresses)))
    }
    return seen
  }

  private func addresses(_ side: EndpointLook.Side) -> [SocketAddress] {
    look.addresses(side).compactMap { SocketAddress(parsing: $0, defaultPort: 443) }
  }
}
