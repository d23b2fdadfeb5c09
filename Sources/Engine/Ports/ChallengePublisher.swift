/// Puts a proof of control where the CA will look, and takes it away again.
public protocol ChallengePublisher {
  /// Returns quickly. May be repeated: publishing what is there already changes nothing. Other proofs
  /// for the same name stay (an apex and its wildcard need two values at one name).
  func publish(_ proof: ChallengeProof) throws

  /// Asks the authoritative servers only, each address of them. A recursive resolver would keep the
  /// negative answer and poison the check (design R5). May be repeated.
  func visibility(of proof: ChallengeProof) -> ChallengeVisibility

  /// Must not assume that publishing succeeded. May be repeated.
  func remove(_ proof: ChallengeProof) throws
}

public enum ChallengeVisibility: Hashable, Sendable {
  case everywhere
  /// Who does not show it yet.
  case notYet(String)
  /// It could not be asked; that is no proof of anything.
  case unknown(String)
  /// It will never be seen as things are: a wildcard CNAME answers in its place, say.
  case impossible(String)
}

/// The zone or the web server does not take the proof: asking again changes nothing.
public struct ChallengeRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}

/// What is put where: a TXT value in the zone, or a file on the web server.
public struct ChallengeProof: Hashable, Sendable {
  public enum Kind: String, Sendable {
    case dns = "dns-01"
    case http = "http-01"
  }

  public let kind: Kind
  /// The name the proof is for, without `*.`.
  public let domain: String
  public let token: String
  /// The TXT value, or the body of the file.
  public let value: String

  public init(kind: Kind, domain: String, token: String, value: String) {
    self.kind = kind
    self.domain = domain
    self.token = token
    self.value = value
  }
}
