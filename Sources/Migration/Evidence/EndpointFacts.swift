import DNSModel
import Notation

/// What one address of an endpoint was seen to do, by TLS and HTTP. Nothing here is judged.
public struct EndpointFacts: Hashable, Sendable {
  /// `192.0.2.1:443`
  public var address: String
  public var identity: ServerIdentity
  /// Why no handshake with the name came about.
  public var problem: ProbeProblem?
  public var shown: ShownCertificate?
  public var protocols: [ProtocolFacts] = []
  /// Key exchange groups it accepted, in our order; nil where it was not asked.
  public var groups: [String]?
  /// What it picked when offered `h2` and `http/1.1`; nil for none.
  public var preferredApplication: String?
  /// Whether it takes `http/1.1` alone.
  public var speaksHTTP1 = false
  /// Whether a second connection could resume the first; nil where that was not tried.
  public var resumes: Bool?
  public var onWrongName: StrangerReaction?
  public var onNoName: StrangerReaction?
  public var health: HTTPFacts?
  public var healthProblem: String?

  public init(address: String, identity: ServerIdentity) {
    self.address = address
    self.identity = identity
  }

  public enum ProbeProblem: Hashable, Sendable {
    case unreachable(String)
    case silent(String)
    case refused(String)
    case notTLS

    public var text: String {
      switch self {
      case .unreachable(let text), .silent(let text), .refused(let text): text
      case .notTLS: "what answers there does not speak TLS"
      }
    }
    /// Whether this is the endpoint's answer, and not merely that we got none.
    public var isAnAnswer: Bool {
      switch self {
      case .unreachable, .silent: false
      case .refused, .notTLS: true
      }
    }
  }
}

/// The certificate an endpoint showed to a client that asked for the right name.
public struct ShownCertificate: Hashable, Sendable {
  /// As sent, the leaf first.
  public var sent: [CertificateFacts]
  public var verdict: ChainVerdict
  public var staple: StapleVerdict
  public var version: String
  public var suite: String
  public var group: String?
  public var asksForClientCertificate: Bool

  public init(
    sent: [CertificateFacts], verdict: ChainVerdict, staple: StapleVerdict = .absent,
    version: String = "", suite: String = "", group: String? = nil,
    asksForClientCertificate: Bool = false
  ) {
    self.sent = sent
    self.verdict = verdict
    self.staple = staple
    self.version = version
    self.suite = suite
    self.group = group
    self.asksForClientCertificate = asksForClientCertificate
  }

  public var leaf: CertificateFacts? { sent.first }

  /// When clients stop taking it: the first end among the leaf and what stands between it and the anchor.
  public var ends: UTCInstant? {
    let anchor = verdict.path.count > 1 ? verdict.path.last : nil
    let counted = (leaf.map { [$0] } ?? []) + verdict.path.filter { $0 != anchor }
    return counted.map(\.notAfter).min()
  }
}

/// What became of verifying a stapled OCSP response (RFC 6960 §3.2).
public enum StapleVerdict: Hashable, Sendable {
  case absent
  case good(until: UTCInstant?)
  case revoked(at: UTCInstant?)
  case bad(String)

  public var text: String {
    switch self {
    case .absent: "none"
    case .good(let until): "good" + (until.map { ", until \($0)" } ?? "")
    case .revoked(let moment): "revoked" + (moment.map { " at \($0)" } ?? "")
    case .bad(let reason): "cannot be used: \(safeText(reason))"
    }
  }
}

/// One protocol version of an endpoint.
public struct ProtocolFacts: Hashable, Sendable {
  public enum Answer: Hashable, Sendable {
    case accepted
    case refused
    /// No answer: nothing is known.
    case unknown(String)
  }
  public var version: String
  public var answer: Answer
  /// The one the server picked first, then the others.
  public var suites: [String]
  /// False where some questions got no answer: it may accept more than is listed.
  public var isComplete = true
  /// Whether the server's order counts, not the client's; nil where it cannot be told.
  public var serverChooses: Bool?

  public init(
    version: String, answer: Answer, suites: [String] = [], serverChooses: Bool? = nil
  ) {
    self.version = version
    self.answer = answer
    self.suites = suites
    self.serverChooses = serverChooses
  }
}

/// What a client gets that asks for a name the endpoint may not know, or for none.
public enum StrangerReaction: Hashable, Sendable {
  case certificate(CertificateFacts)
  case refused(String)
  case unknown(String)

  public var text: String {
    switch self {
    case .certificate(let facts): "the certificate of \(facts.title)"
    case .refused(let reason): "refused: \(safeText(reason))"
    case .unknown(let reason): "unknown: \(safeText(reason))"
    }
  }
}

/// One HTTP answer, as far as a client would notice.
public struct HTTPFacts: Hashable, Sendable {
  public struct Header: Hashable, Sendable {
    public var name: String
    public var value: String
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }
  public var path: String
  public var status: Int
  public var headers: [Header]
  public var bodyCount: Int
  /// SHA-256; nil where the body was cut off at the limit.
  public var bodyDigest: [UInt8]?
  public var duration: TimeSpan

  public init(
    path: String, status: Int, headers: [Header] = [], bodyCount: Int = 0,
    bodyDigest: [UInt8]? = nil, duration: TimeSpan = .zero
  ) {
    self.path = path
    self.status = status
    self.headers = headers
    self.bodyCount = bodyCount
    self.bodyDigest = bodyDigest
    self.duration = duration
  }

  public func values(_ name: String) -> [String] {
    headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
  }
}
