import COpenSSL
import Migration
import Notation

/// A stapled OCSP response (RFC 6960), held against the certificate it came with.
public struct StapleVerification: Sendable {
  public let leaf: Certificate
  public let issuer: Certificate
  public let moment: UTCInstant

  public init(leaf: Certificate, issuer: Certificate, at moment: UTCInstant) {
    self.leaf = leaf
    self.issuer = issuer
    self.moment = moment
  }

  public func verdict(_ staple: [UInt8]?) -> StapleVerdict {
    guard let staple, !staple.isEmpty else { return .absent }
    ERR_clear_error()
    defer { ERR_clear_error() }
    let response = staple.withUnsafeBufferPointer { buffer in
      var cursor = buffer.baseAddress
      return d2i_OCSP_RESPONSE(nil, &cursor, buffer.count)
    }
    guard let response else { return .bad("it is no OCSP response") }
    defer { OCSP_RESPONSE_free(response) }
    let status = OCSP_response_status(response)
    guard status == OCSP_RESPONSE_STATUS_SUCCESSFUL else {
      let reason = OCSP_response_status_str(Int(status)).map { String(cString: $0) } ?? "\(status)"
      return .bad("the responder answered \(reason)")
    }
    guard let basic = OCSP_response_get1_basic(response) else { return .bad("it has no content") }
    defer { OCSP_BASICRESP_free(basic) }
    guard isSigned(basic) else {
      return .bad("it is not signed by the issuer or its responder")
    }
    return verdict(of: basic)
  }

  /// By the issuer, or by a responder that the issuer made one (§4.2.2.2).
  private func isSigned(_ basic: OpaquePointer) -> Bool {
    guard let store = X509_STORE_new() else { return false }
    defer { X509_STORE_free(store) }
    guard X509_STORE_add_cert(store, issuer.handle) == 1,
      let stack = try? CertificateStack([issuer]),
      let parameters = X509_STORE_get0_param(store)
    else { return false }
    X509_VERIFY_PARAM_set_time(parameters, time_t(moment.seconds))
    X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN))
    return OCSP_basic_verify(basic, stack.handle, store, 0) == 1
  }

  private func verdict(of basic: OpaquePointer) -> StapleVerdict {
    for hash in [EVP_sha1(), EVP_sha256()] {
      guard let identifier = OCSP_cert_to_id(hash, leaf.handle, issuer.handle) else { continue }
      defer { OCSP_CERTID_free(identifier) }
      var status: Int32 = 0
      var reason: Int32 = 0
      var revoked: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
      var this: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
      var next: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
      guard
        OCSP_resp_find_status(basic, identifier, &status, &reason, &revoked, &this, &next) == 1
      else { continue }
      let from = CertificateReader.instant(this)
      let until = CertificateReader.instant(next)
      if status == V_OCSP_CERTSTATUS_REVOKED {
        return .revoked(at: CertificateReader.instant(revoked))
      }
      guard status == V_OCSP_CERTSTATUS_GOOD else { return .bad("the responder does not know it") }
      if let from, from > moment { return .bad("it begins to be valid at \(from)") }
      if let until, until < moment { return .bad("it ended at \(until)") }
      return .good(until: until)
    }
    return .bad("it is about another certificate")
  }
}

extension LocalAuthority {
  /// An OCSP response about a certificate of ours; `revokedAt` nil says good.
  public func staple(
    for certificate: Certificate, from: UTCInstant, until: UTCInstant, revokedAt: UTCInstant? = nil
  ) throws(CryptoProblem) -> [UInt8] {
    let doing = "writing an OCSP response"
    guard let basic = OCSP_BASICRESP_new() else { throw .taking(doing) }
    defer { OCSP_BASICRESP_free(basic) }
    func time(_ moment: UTCInstant) -> UnsafeMutablePointer<ASN1_TIME>? {
      ASN1_GENERALIZEDTIME_adj(nil, time_t(moment.seconds), 0, 0)
    }
    let times = [time(from), time(until), revokedAt.flatMap(time)]
    defer { for item in times { ASN1_GENERALIZEDTIME_free(item) } }
    let identifier = OCSP_cert_to_id(EVP_sha1(), certificate.handle, self.certificate.handle)
    defer { OCSP_CERTID_free(identifier) }
    let status = revokedAt == nil ? V_OCSP_CERTSTATUS_GOOD : V_OCSP_CERTSTATUS_REVOKED
    guard
      OCSP_basic_add1_status(
        basic, identifier, status, revokedAt == nil ? 0 : OCSP_REVOKED_STATUS_KEYCOMPROMISE,
        times[2], times[0], times[1]) != nil,
      OCSP_basic_sign(basic, self.certificate.handle, key.handle, EVP_sha256(), nil, 0) == 1,
      let response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic)
    else { throw .taking(doing) }
    defer { OCSP_RESPONSE_free(response) }
    guard let bytes = derBytes({ i2d_OCSP_RESPONSE(response, $0) }) else { throw .taking(doing) }
    return bytes
  }
}
