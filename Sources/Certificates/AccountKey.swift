import Notation
import TLSToolkit

/// An ACME account's key as the protocol wants it.
public struct AccountKey: ACMESigner {
  public let algorithm: String
  public let publicJWK: JSON
  private let key: PrivateKey

  public init(_ key: PrivateKey) throws(CryptoProblem) {
    self.key = key
    algorithm = key.joseAlgorithm
    publicJWK = try key.publicJWK()
  }

  public func signature(of message: [UInt8]) throws -> [UInt8] {
    try key.joseSignature(of: message)
  }
}
