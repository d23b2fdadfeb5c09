import Migration

/// Puts certificates that were given in any order, with strangers among them, into the order that is
/// to be served (RFC 8446 §4.4.2): the leaf, then each one's issuer, the root left out.
public struct ChainArrangement: Sendable {
  public let leaf: Certificate
  /// Above the leaf, in order, without the root.
  public let intermediates: [Certificate]
  /// The self-signed end, if it was among them.
  public let root: Certificate?
  /// What has no place in this chain.
  public let extras: [Certificate]

  public var served: [Certificate] { [leaf] + intermediates }

  /// `key` tells which of several leaves is meant; without it, the one that issued none of the others.
  public init(_ certificates: [Certificate], for key: PrivateKey? = nil) throws(CryptoProblem) {
    let doing = "arranging a certificate chain"
    var rest: [Certificate] = []
    for certificate in certificates where !rest.contains(certificate) { rest.append(certificate) }
    let candidates = rest.filter { candidate in
      if let key { return candidate.belongs(to: key) }
      return !rest.contains { $0 != candidate && candidate.facts.mayHaveIssued($0.facts) }
    }
    let leaves = candidates.filter { !$0.facts.isAuthority }
    guard let leaf = leaves.first ?? candidates.first else {
      throw CryptoProblem(
        doing, key == nil ? "no certificate in it is a leaf" : "none of them belongs to the key")
    }
    guard key != nil || leaves.count <= 1 else {
      let names = leaves.map(\.facts.title).joined(separator: ", ")
      throw CryptoProblem(doing, "several could be the leaf (\(names)); the key would tell")
    }
    self.leaf = leaf
    rest.removeAll { $0 == leaf }
    var last = leaf
    var above: [Certificate] = []
    var root: Certificate? = leaf.isSelfSigned ? leaf : nil
    while root == nil,
      let index = rest.firstIndex(where: {
        $0.facts.mayHaveIssued(last.facts) && last.isSigned(by: $0)
      })
    {
      last = rest.remove(at: index)
      if last.isSelfSigned { root = last } else { above.append(last) }
    }
    intermediates = above
    self.root = root == leaf ? nil : root
    extras = rest
  }
}
