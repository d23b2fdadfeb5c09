import Certificates
import DNSModel
import Invocation
import Migration
import Notation
import SystemIO
import TLSToolkit

/// A certificate that no CA is asked for: one that exists already, or one of an authority of one's own. Kept
/// beside it like `CertificateSettings`, so that `renew` needs nothing but the directory.
struct OwnCertificate {
  enum Source: Hashable {
    /// A chain in PEM with its key at `key`, or a PKCS#12 bag with its passphrase there.
    case files(chain: String, key: String)
    case localAuthority(certificate: String, key: String, life: String?)
  }

  let names: [DomainName]
  let source: Source
  var seal: String?

  func shelf(_ directory: String) throws -> CertificateShelf {
    let seal = try seal.map { try Seal(key: SecretReference(parsing: $0).resolve()) }
    return try CertificateShelf(directory: directory, seal: seal)
  }

  func issue(_ shelf: CertificateShelf, _ console: Console) throws -> ExitCode {
    let chain: [Certificate]
    do {
      chain = try obtain(shelf, console)
    } catch {
      console.complain("certificate for \(names.first?.description ?? ""): \(error)")
      let hasChain = (try? shelf.chain()) != nil
      console.progress(
        hasChain
          ? "The certificate in \(shelf.directory) is the one that was there before."
          : "No certificate was installed.")
      return .held
    }
    CertificateReport(chain: chain.map(\.facts), directory: shelf.directory)
      .show(console, now: SystemClock.wall())
    return .done
  }

  private func obtain(_ shelf: CertificateShelf, _ console: Console) throws -> [Certificate] {
    switch source {
    case .files(let chain, let key):
      return try FilesIssuer(
        chainPath: chain, key: SecretReference(parsing: key), shelf: shelf, tell: console.progress
      ).issue(for: names)
    case .localAuthority(let certificate, let key, let life):
      return try LocalAuthorityIssuer(
        certificatePath: certificate, key: SecretReference(parsing: key), shelf: shelf,
        life: life.flatMap { TimeSpan(parsing: $0) } ?? CertificatePlan.localLife,
        tell: console.progress
      ).issue(for: names)
    }
  }

  /// When the next one is due; nil for files: whenever another lies there.
  func due(after leaf: CertificateFacts) -> UTCInstant? {
    guard case .localAuthority = source else { return nil }
    return leaf.notAfter - TimeSpan(milliseconds: leaf.lifetime.milliseconds / 3)
  }

  // MARK: as it is kept

  func store(in directory: String) throws {
    try AtomicFile.replace(
      CertificateSettings.path(directory), with: Array((json.pretty + "\n").utf8))
  }

  /// Nil where the settings are those of an ACME CA.
  static func stored(in directory: String) throws -> OwnCertificate? {
    let json = try JSON(parsing: AtomicFile.read(CertificateSettings.path(directory)))
    guard json["settings"]?.integer == 1, let source = Source(json) else { return nil }
    let names = json["names"]?.array?.compactMap(\.string) ?? []
    return OwnCertificate(
      names: try names.map { try DomainName(parsing: $0) }, source: source,
      seal: json["seal"]?.string)
  }

  private var json: JSON {
    var members: [(String, JSON?)] = [
      ("settings", 1), ("names", .strings(names.map(\.host))), ("seal", seal.map { .string($0) }),
    ]
    switch source {
    case .files(let chain, let key):
      members += [("chain", .string(chain)), ("privateKey", .string(key))]
    case .localAuthority(let certificate, let key, let life):
      members += [
        ("authorityCertificate", .string(certificate)), ("privateKey", .string(key)),
        ("life", life.map { .string($0) }),
      ]
    }
    return .record(members)
  }
}

extension OwnCertificate.Source {
  fileprivate init?(_ json: JSON) {
    guard let key = json["privateKey"]?.string else { return nil }
    if let chain = json["chain"]?.string {
      self = .files(chain: chain, key: key)
    } else if let certificate = json["authorityCertificate"]?.string {
      self = .localAuthority(certificate: certificate, key: key, life: json["life"]?.string)
    } else {
      return nil
    }
  }
}
