import Notation
import SystemIO
import TLSToolkit

/// Where the keys, requests, orders and chains of one name lie: a directory closed to others (0700),
/// its files 0600, keys sealed where a key-encryption key was given. Each file is replaced as a whole.
public struct CertificateShelf: Sendable {
  public let directory: String
  private let seal: Seal?

  /// Makes the directory where there is none.
  public init(directory: String, seal: Seal?) throws(FileError) {
    self.directory = directory
    self.seal = seal
    try PrivateDirectory.make(directory)
  }

  private func path(_ name: String) -> String { "\(directory)/\(name)" }

  // MARK: what may be sealed

  /// A file that lies sealed where there is a seal, and open to its owner where there is none.
  private func secret(_ name: String, open opened: String) throws -> Secret? {
    let sealed = path("\(name).sealed")
    if AtomicFile.exists(sealed) {
      guard let seal else {
        throw FileError(sealed, "is sealed, and no key-encryption key was given")
      }
      return try seal.open(try AtomicFile.read(sealed), context: name)
    }
    guard AtomicFile.exists(path(opened)) else { return nil }
    return Secret(Array(try readPrivateFile(path(opened)).utf8))
  }

  /// Sealed, an open one from before is taken away.
  private func store(_ content: Secret, _ name: String, open opened: String) throws {
    guard let seal else {
      return try content.reveal { try AtomicFile.replace(path(opened), with: $0) }
    }
    try AtomicFile.replace(
      path("\(name).sealed"), with: try seal.seal(content, context: name))
    try PrivateDirectory.remove(path(opened))
  }

  // MARK: keys

  /// The key kept under `name`, made and stored first where there is none.
  public func key(_ name: String, _ kind: PrivateKey.Kind) throws -> PrivateKey {
    if let key = try key(name) { return key }
    let key = try PrivateKey.generate(kind)
    try store(key, name)
    return key
  }

  public func key(_ name: String) throws -> PrivateKey? {
    try secret("\(name).key", open: "\(name).key.pem")?.reveal { try PrivateKey.read($0) }
  }

  public func store(_ key: PrivateKey, _ name: String) throws {
    try store(key.pem(), "\(name).key", open: "\(name).key.pem")
  }

  public func discardKey(_ name: String) throws(FileError) {
    for ending in ["sealed", "pem"] { try PrivateDirectory.remove(path("\(name).key.\(ending)")) }
  }

  // MARK: orders and chains

  /// The request for the next certificate, DER; sealed like its key.
  public func request() throws -> [UInt8]? {
    let text = try secret("request", open: "request.pem")
    return try text?.reveal { try CertificateRequest.read($0).der }
  }

  public func store(_ request: CertificateRequest) throws {
    try store(Secret(Array(request.pem.utf8)), "request", open: "request.pem")
  }

  public func issuance() throws -> IssuanceRecord? {
    guard let bytes = try bytes("issuance.json") else { return nil }
    return try IssuanceRecord(try JSON(parsing: bytes))
  }

  public func store(_ record: IssuanceRecord) throws {
    try AtomicFile.replace(path("issuance.json"), with: Array((record.json.pretty + "\n").utf8))
  }

  /// The chain that is in use, leaf first, as PEM.
  public func chain() throws -> [UInt8]? { try bytes("chain.pem") }
  public func store(chain pem: [UInt8]) throws {
    try AtomicFile.replace(path("chain.pem"), with: pem)
  }

  /// The directory of the CA that the chain in use came from.
  public func issuedBy() throws -> String? {
    try bytes("issuer.txt").map { String(decoding: $0, as: UTF8.self) }
  }
  public func store(issuedBy url: String) throws {
    try AtomicFile.replace(path("issuer.txt"), with: Array(url.utf8))
  }

  /// A shelf below this one, under the same seal.
  public func beside(_ name: String) throws(FileError) -> CertificateShelf {
    try CertificateShelf(directory: path(name), seal: seal)
  }

  public var chainPath: String { path("chain.pem") }

  /// After a certificate is in use: the next one gets an order, a request and a key of its own.
  public func closeIssuance() throws(FileError) {
    for name in ["issuance.json", "request.sealed", "request.pem"] {
      try PrivateDirectory.remove(path(name))
    }
  }

  private func bytes(_ name: String) throws(FileError) -> [UInt8]? {
    AtomicFile.exists(path(name)) ? try AtomicFile.read(path(name)) : nil
  }
}

extension CertificateShelf: IssuanceJournal {
  public func save(_ record: IssuanceRecord) throws { try store(record) }
}
