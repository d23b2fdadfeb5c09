/// What kind of public key a certificate or endpoint holds.
public enum KeyAlgorithm: Hashable, Sendable, CustomStringConvertible {
  case rsa(bits: Int)
  case ellipticCurve(name: String, bits: Int)
  case edwards(name: String, bits: Int)
  case other(name: String, bits: Int)

  public var bits: Int {
    switch self {
    case .rsa(let bits): bits
    case .ellipticCurve(_, let bits), .edwards(_, let bits), .other(_, let bits): bits
    }
  }

  public var description: String {
    switch self {
    case .rsa(let bits): "RSA \(bits)"
    case .ellipticCurve(let name, _): "ECDSA \(name)"
    case .edwards(let name, _): name
    case .other(let name, let bits): "\(name) \(bits)"
    }
  }
}
