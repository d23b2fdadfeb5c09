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

  // MARK: keys

  /// The key kept under `name`, made and stored first where there is none.
  public func key(_ name: String, _ kind: PrivateKey.Kind) throws -> PrivateKey {
    if let key = try key(name) { return key }
    let key = try PrivateKey.generate(kind)
    try store(key, name)
    return key
  }

  public func key(_ name: String) throws -> PrivateKey? {
    if AtomicFile.exists(path("\(name).key.sealed")) {
      guard let seal else {
        throw FileError(
          path("\(name).key.sealed"), "is sealed, and no key-encryption key was given")
      }
      let sealed = try AtomicFile.read(path("\(name).key.sealed"))
      return try seal.open(sealed, context: "\(name).key").reveal { try PrivateKey.read($0) }
    }
    guard AtomicFile.exists(path("\(name).key.pem")) else { return nil }
    return try PrivateKey.read(Array(try readPrivateFile(path("\(name).key.pem")).utf8))
  }

  public func store(_ key: PrivateKey, _ name: String) throws {
    let text = try key.pem()
    if let seal {
      let sealed = try seal.seal(text, context: "\(name).key")
      try AtomicFile.replace(path("\(name).key.sealed"), with: sealed)
    } else {
      try text.reveal { try AtomicFile.replace(path("\(name).key.pem"), with: $0) }
    }
  }

  public func discardKey(_ name: String) throws(FileError) {
    for ending in ["sealed", "pem"] { try PrivateDirectory.remove(path("\(name).key.\(ending)")) }
  }

  // MARK: orders and chains

  public func request() throws -> [UInt8]? { try bytes("request.der") }
  public func store(request der: [UInt8]) throws {
    try AtomicFile.replace(path("request.der"), with: der)
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

  public var chainPath: String { path("chain.pem") }

  /// After a certificate is in use: the next one gets an order, a request and a key of its own.
  public func closeIssuance() throws(FileError) {
    for name in ["issuance.json", "request.der"] { try PrivateDirectory.remove(path(name)) }
  }

  private func bytes(_ name: String) throws(FileError) -> [UInt8]? {
    AtomicFile.exists(path(name)) ? try AtomicFile.read(path(name)) : nil
  }
}

extension CertificateShelf: IssuanceJournal {
  public func save(_ record: IssuanceRecord) throws { try store(record) }
}
