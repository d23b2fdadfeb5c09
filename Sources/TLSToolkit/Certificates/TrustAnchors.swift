import COpenSSL
import Migration

/// Whom to trust: the system's roots, or exactly the ones given. Held once, used by many
/// verifications and connections.
public final class TrustAnchors: @unchecked Sendable {
  let store: OpaquePointer
  /// Empty for the system's.
  public let certificates: [Certificate]

  private init(store: OpaquePointer, certificates: [Certificate]) {
    self.store = store
    self.certificates = certificates
  }

  deinit { X509_STORE_free(store) }

  public static func of(_ certificates: [Certificate]) throws(CryptoProblem) -> TrustAnchors {
    guard let store = X509_STORE_new() else { throw .taking("preparing trust anchors") }
    let anchors = TrustAnchors(store: store, certificates: certificates)
    for certificate in certificates {
      guard X509_STORE_add_cert(store, certificate.handle) == 1 else {
        throw .taking("preparing trust anchors")
      }
    }
    return anchors
  }

  /// What the machine's administrator trusts.
  public static func system() throws(CryptoProblem) -> TrustAnchors {
    guard let store = X509_STORE_new() else { throw .taking("preparing trust anchors") }
    let anchors = TrustAnchors(store: store, certificates: [])
    guard X509_STORE_set_default_paths(store) == 1 else {
      throw .taking("reading the system's trust anchors")
    }
    return anchors
  }
}
