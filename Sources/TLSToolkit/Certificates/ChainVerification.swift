import COpenSSL
import DNSModel
import Migration
import Notation

/// Verifies a chain the way clients do, and tells everything that is wrong with it, not just the
/// first thing.
public struct ChainVerification: Sendable {
  public let anchors: TrustAnchors
  public let moment: UTCInstant

  public init(anchors: TrustAnchors, at moment: UTCInstant) {
    self.anchors = anchors
    self.moment = moment
  }

  /// `others` in any order; `identity` nil leaves the name unchecked.
  ///
  /// An intermediate may be there twice, certified by two roots. OpenSSL takes the first and looks no
  /// further; browsers try both, so here one after the other is left out until a way is found.
  public func verdict(
    for leaf: Certificate, with others: [Certificate], as identity: ServerIdentity?
  ) throws(CryptoProblem) -> ChainVerdict {
    let first = try attempt(leaf, others, identity)
    var last = first
    var rest = others
    for _ in 0..<Self.crossings where last.faults.contains(where: { $0.kind != .wrongName }) {
      let used = last.path.dropFirst().map(\.fingerprint)
      let crossed = rest.firstIndex { candidate in
        used.contains(candidate.facts.fingerprint)
          && rest.contains { $0 != candidate && $0.isTwin(of: candidate) }
      }
      guard let crossed else { return first }
      rest.remove(at: crossed)
      last = try attempt(leaf, rest, identity)
    }
    return last.faults.contains { $0.kind != .wrongName } ? first : last
  }

  private static let crossings = 8

  private func attempt(
    _ leaf: Certificate, _ others: [Certificate], _ identity: ServerIdentity?
  ) throws(CryptoProblem) -> ChainVerdict {
    let doing = "verifying a chain"
    ERR_clear_error()
    defer { ERR_clear_error() }
    guard let context = X509_STORE_CTX_new() else { throw .taking(doing) }
    defer { X509_STORE_CTX_free(context) }
    let stack = try CertificateStack(others)
    guard X509_STORE_CTX_init(context, anchors.store, leaf.handle, stack.handle) == 1,
      let parameters = X509_STORE_CTX_get0_param(context)
    else { throw .taking(doing) }
    X509_VERIFY_PARAM_set_time(parameters, time_t(moment.seconds))
    // Key sizes and hashes are findings with reasons of their own, so not refused here.
    X509_VERIFY_PARAM_set_auth_level(parameters, 0)
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER)
    // An intermediate given as anchor is one: browsers and the plan's `--ca` mean it so.
    X509_VERIFY_PARAM_set_flags(
      parameters, UInt(X509_V_FLAG_TRUSTED_FIRST) | UInt(X509_V_FLAG_PARTIAL_CHAIN))
    let collector = FaultCollector()
    X509_STORE_CTX_set_ex_data(context, 0, Unmanaged.passUnretained(collector).toOpaque())
    X509_STORE_CTX_set_verify_cb(context, noteVerificationFault)
    let isVerified = X509_verify_cert(context) == 1
    var faults = collector.told
    if !isVerified, faults.isEmpty {
      faults.append(.init(.other, depth: 0, Self.text(X509_STORE_CTX_get_error(context))))
    }
    if let identity, !leaf.facts.covers(identity) {
      faults.append(.init(.wrongName, depth: 0, Self.nameDetail(leaf.facts, identity)))
    }
    let path = CertificateStack.content(of: X509_STORE_CTX_get0_chain(context)).map(\.facts)
    return withExtendedLifetime(collector) { ChainVerdict(faults: faults, path: path) }
  }

  private static func nameDetail(_ leaf: CertificateFacts, _ identity: ServerIdentity) -> String {
    let names = leaf.alternativeNames ?? []
    guard !names.isEmpty else {
      return "\(identity) is not named: the certificate has no subjectAltName"
    }
    let shown = names.prefix(8).map(\.description).joined(separator: ", ")
    return "\(identity) is not among its names: \(shown)\(names.count > 8 ? ", …" : "")"
  }

  static func text(_ code: Int32) -> String {
    X509_verify_cert_error_string(Int(code)).map { String(cString: $0) } ?? "error \(code)"
  }
}

extension Certificate {
  /// The same authority, certified by another.
  fileprivate func isTwin(of other: Certificate) -> Bool {
    facts.subjectBytes == other.facts.subjectBytes
      && facts.publicKeyHash == other.facts.publicKeyHash
  }
}

final class FaultCollector {
  private var faults: [ChainVerdict.Fault] = []

  /// That a certificate is no authority's says already that it is used for what it is not for.
  var told: [ChainVerdict.Fault] {
    faults.filter { fault in
      fault.kind != .wrongUsage
        || !faults.contains { $0.kind == .notAnAuthority && $0.depth == fault.depth }
    }
  }

  func note(code: Int32, depth: Int) {
    let kind: ChainVerdict.Fault.Kind
    switch code {
    case X509_V_ERR_CERT_NOT_YET_VALID: kind = .notYetValid
    case X509_V_ERR_CERT_HAS_EXPIRED: kind = .expired
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      kind = .selfSigned
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED:
      kind = .unknownAuthority
    case X509_V_ERR_INVALID_CA, X509_V_ERR_PATH_LENGTH_EXCEEDED, X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
      kind = .notAnAuthority
    case X509_V_ERR_INVALID_PURPOSE: kind = .wrongUsage
    case X509_V_ERR_PERMITTED_VIOLATION, X509_V_ERR_EXCLUDED_VIOLATION,
      X509_V_ERR_SUBTREE_MINMAX, X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE,
      X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
      kind = .nameConstraint
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION: kind = .unknownCriticalExtension
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: kind = .badSignature
    case X509_V_ERR_CERT_REVOKED: kind = .revoked
    default: kind = .other
    }
    let fault = ChainVerdict.Fault(kind, depth: depth, ChainVerification.text(code))
    // OpenSSL tells one missing issuer twice, as "no issuer" and "leaf not verified".
    let isEcho = kind == .unknownAuthority && faults.contains { $0.kind == .unknownAuthority }
    if !isEcho, !faults.contains(fault) { faults.append(fault) }
  }
}

/// Notes the fault and goes on, so that all are found.
private func noteVerificationFault(_ isFine: Int32, _ context: OpaquePointer?) -> Int32 {
  guard isFine == 0, let context, let raw = X509_STORE_CTX_get_ex_data(context, 0) else { return 1 }
  Unmanaged<FaultCollector>.fromOpaque(raw).takeUnretainedValue().note(
    code: X509_STORE_CTX_get_error(context), depth: Int(X509_STORE_CTX_get_error_depth(context)))
  return 1
}
