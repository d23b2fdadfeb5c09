import Migration
import Notation

/// Whether an endpoint is good enough for clients to be sent there, over all of its addresses (R9):
/// what one address gets wrong, every client behind it meets.
public struct Readiness: Hashable, Sendable {
  public enum Verdict: String, Sendable {
    case ready
    case notReady = "not ready"
    /// Something could not be known; nothing that is known stands against it.
    case unknown
  }

  public let verdict: Verdict
  /// The gravest first.
  public let findings: [Finding]
  /// When the first of the certificates ends that clients need.
  public let certificateEnds: UTCInstant?

  public init(_ endpoint: [EndpointFacts], at now: UTCInstant, isPrivate: Bool) {
    var found = endpoint.flatMap {
      EndpointFindings($0, at: now, isPrivate: isPrivate).all
    }
    if endpoint.isEmpty {
      found.append(
        Finding("endpoint.no-address", .unknown, "endpoint", "it has no address to look at"))
    }
    found += Self.disagreements(endpoint)
    findings = found.ordered
    certificateEnds = endpoint.compactMap { $0.shown?.ends }.min()
    switch findings.gravest {
    case .blocker: verdict = .notReady
    case .unknown: verdict = .unknown
    default: verdict = .ready
    }
  }

  /// Clients spread over the addresses: where these differ, the luck of the draw decides.
  private static func disagreements(_ endpoint: [EndpointFacts]) -> [Finding] {
    let shown = endpoint.compactMap { facts in facts.shown?.leaf.map { (facts.address, $0) } }
    guard let first = shown.first else { return [] }
    var found: [Finding] = []
    for (address, leaf) in shown.dropFirst() where leaf.fingerprint != first.1.fingerprint {
      let isRenewal = leaf.alternativeNames == first.1.alternativeNames
      found.append(
        Finding(
          "endpoint.certificates-differ", isRenewal ? .note : .warning, address,
          "it shows another certificate than \(first.0): \(leaf.title), until \(leaf.notAfter), not "
            + "\(first.1.title), until \(first.1.notAfter)"))
    }
    return found
  }
}
