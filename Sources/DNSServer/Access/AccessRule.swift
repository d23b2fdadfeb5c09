import DNSModel
import Notation
import SystemIO

/// What a request asks to be allowed.
public enum AccessKind: String, Hashable, Sendable, CaseIterable {
  case update, transfer, notify

  public var option: String { "--allow-\(rawValue)" }
}

/// One `--allow-…`: every field given must match; a field given more than once matches any of its
/// values. There is no rule that allows everything: at least an address or a key is named.
///
/// - `addr=127.0.0.0/8` who asks, by address
/// - `key=mig` who asks, by the TSIG key that signed
/// - `zone=example.test` only in this zone
/// - `name=api.example.test` only records of this name; `under=` also of all names below it
/// - `type=CNAME` only records of this type
public struct AccessRule: Hashable, Sendable {
  var addresses: [AddressPrefix] = []
  var keys: [DomainName] = []
  var zones: [DomainName] = []
  var names: [DomainName] = []
  var subtrees: [DomainName] = []
  var types: [RecordType] = []

  init() {}

  func matches(_ requester: Requester, zone: DomainName) -> Bool {
    (addresses.isEmpty || addresses.contains { $0.contains(requester.address) })
      && (keys.isEmpty || keys.contains { $0 == requester.key })
      && (zones.isEmpty || zones.contains(zone))
  }

  func covers(name: DomainName, type: RecordType) -> Bool {
    (types.isEmpty || types.contains(type))
      && (names.isEmpty && subtrees.isEmpty || names.contains(name)
        || subtrees.contains { name.isWithin($0) })
  }
}

/// Who asks: the peer's address (4 or 16 bytes), and the key that signed, if one did.
public struct Requester: Hashable, Sendable, CustomStringConvertible {
  public let address: [UInt8]
  public let key: DomainName?

  public init(address: [UInt8], key: DomainName?) {
    self.address = address
    self.key = key
  }

  public var description: String {
    let host = SocketAddress(address: address, port: 0)?.host ?? "?"
    return key.map { "\(host), key \($0)" } ?? host
  }
}

/// The rules of one kind. Nothing is allowed by default.
public struct AccessList: Hashable, Sendable {
  public var rules: [AccessRule]

  public init(_ rules: [AccessRule] = []) { self.rules = rules }

  /// Whether the requester has any business in the zone.
  public func allows(_ requester: Requester, zone: DomainName) -> Bool {
    rules.contains { $0.matches(requester, zone: zone) }
  }

  public func allows(
    _ requester: Requester, zone: DomainName, name: DomainName, type: RecordType
  ) -> Bool {
    rules.contains { $0.matches(requester, zone: zone) && $0.covers(name: name, type: type) }
  }
}
