import Digests

/// A secret shared with a peer, and the name both know it by (RFC 8945 §8).
///
/// The secret leaves this value only as a MAC: descriptions, dumps and mirrors do not show it.
public struct TSIGKey: Hashable, Sendable {
  public let name: DomainName
  public let algorithm: TSIGAlgorithm
  /// How many bytes of the MAC are sent, and the fewest that are accepted.
  public let macByteCount: Int
  let secret: [UInt8]

  /// `macByteCount` outside what RFC 8945 §5.2.2.1 allows is brought to the nearest allowed length.
  public init(
    name: DomainName, algorithm: TSIGAlgorithm, secret: [UInt8], macByteCount: Int? = nil
  ) {
    self.name = name
    self.algorithm = algorithm
    self.secret = secret
    let wanted = macByteCount ?? algorithm.macByteCount
    self.macByteCount = min(max(wanted, algorithm.leastMACByteCount), algorithm.macByteCount)
  }

  func fullMAC(of message: [UInt8]) -> [UInt8] {
    algorithm.hash.authenticationCode(for: message, key: secret)
  }
}

extension TSIGKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "\(name) (\(algorithm.rawValue))" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: ["name": name.description]) }
}

/// The keys a server knows. A name stands for one key.
public struct TSIGKeyring: Hashable, Sendable {
  public private(set) var keys: [TSIGKey] = []

  public init(_ keys: [TSIGKey] = []) {
    for key in keys { insert(key) }
  }

  /// A key of the same name is replaced.
  public mutating func insert(_ key: TSIGKey) {
    keys.removeAll { $0.name == key.name }
    keys.append(key)
  }

  public func key(named name: DomainName) -> TSIGKey? { keys.first { $0.name == name } }
}
