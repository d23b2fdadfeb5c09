import DNSModel
import Notation

/// Who wants to issue, and how, as far as CAA can tell CAs, accounts and methods apart.
public struct CAARequester: Hashable, Sendable {
  /// The names the CA goes by in CAA records; empty: it does not say.
  public var domains: [String]
  /// Nil: not known yet, and not held against it.
  public var account: String?
  public var method: String?

  public init(domains: [String], account: String? = nil, method: String? = nil) {
    self.domains = domains.map { $0.lowercased() }
    self.account = account
    self.method = method
  }
}

/// The CAA records of one name: one RRset, as a CA holds a request against it.
public struct CAASet: Hashable, Sendable {
  public var properties: [CAAProperty]

  public init(_ records: [ResourceRecord]) {
    properties = records.compactMap { record in
      record.data.caa.map { CAAProperty(flags: $0.flags, tag: $0.tag, value: $0.value) }
    }
  }

  public enum Answer: Hashable, Sendable {
    case allowed
    /// Why not.
    case forbidden(String)
    /// The set limits who may issue, and what the CA calls itself is not known.
    case dependsOnName
  }

  public func answer(to requester: CAARequester, wildcard: Bool) -> Answer {
    if properties.contains(where: { $0.tag == .unknownCritical }) {
      return .forbidden("a critical property that no CA may pass over")
    }
    let wild = properties.filter { $0.tag == .issueWild }
    // "issuewild properties take precedence over issue properties" for wildcards, and mean nothing
    // else (RFC 8659 §4.3).
    let counts = wildcard && !wild.isEmpty ? wild : properties.filter { $0.tag == .issue }
    guard !counts.isEmpty else { return .allowed }
    guard !requester.domains.isEmpty else {
      return counts.allSatisfy({ $0.issuer?.domain.isEmpty ?? true })
        ? .forbidden("nobody may issue") : .dependsOnName
    }
    var reasons: [String] = []
    for property in counts {
      guard let issuer = property.issuer, requester.domains.contains(issuer.domain) else {
        continue
      }
      guard let limit = Self.limit(issuer, requester) else { return .allowed }
      reasons.append(limit)
    }
    let names = requester.domains.joined(separator: ", ")
    return .forbidden(
      reasons.first ?? "\(safeText(names)) is not among those who may issue"
        + (wildcard ? " for a wildcard" : ""))
  }

  /// What every property that lets `issuer` issue ties it to (RFC 8657); empty where one of them asks for
  /// nothing.
  public func conditions(for issuer: String) -> [String] {
    let own = properties.compactMap { $0.tag == .issue ? $0.issuer : nil }
      .filter { $0.domain == issuer.lowercased() }
      .map { $0.parameters.filter { ["accounturi", "validationmethods"].contains($0.tag) } }
    if own.contains(where: \.isEmpty) { return [] }
    return own.flatMap { $0.map { "\($0.tag)=\($0.value)" } }
  }

  /// What an issuer's own parameters have against the request (RFC 8657); nil: nothing.
  private static func limit(
    _ issuer: CAAProperty.Issuer, _ requester: CAARequester
  ) -> String? {
    let accounts = issuer.values("accounturi")
    if accounts.count > 1 { return "it names several accounts, which no request can meet" }
    if let wanted = accounts.first, let account = requester.account, account != wanted {
      return "only the account \(safeText(wanted)) may ask, ours is \(safeText(account))"
    }
    let methods = issuer.values("validationmethods")
    if methods.count > 1 { return "it limits the methods twice, which no request can meet" }
    if let list = methods.first, let method = requester.method {
      let allowed = list.lowercased().split(separator: ",").map(String.init)
      if !allowed.contains(method) {
        return "control may be proven by \(safeText(list)) only, not by \(method)"
      }
    }
    return nil
  }
}
