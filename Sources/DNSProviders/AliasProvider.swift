import DNSModel
import Notation

/// The record that is moved: an alias and its TTL.
public struct AliasRecord: Hashable, Sendable, CustomStringConvertible {
  public let target: DomainName
  public let ttl: TTL

  public init(target: DomainName, ttl: TTL) {
    self.target = target
    self.ttl = ttl
  }

  public var description: String { "\(ttl) CNAME \(target)" }
}

/// Which record of which zone a provider is to look after. One provider value serves one name.
public struct ProviderScope: Hashable, Sendable {
  public let zone: DomainName
  public let name: DomainName

  public init(zone: DomainName, name: DomainName) {
    self.zone = zone
    self.name = name
  }

  /// The fence (R18) lies below the name, which is legal below an alias. Nil where the name is too
  /// long for a further label.
  public var fence: DomainName? { name.prepending("_fence") }

  /// The name as a web page shows it that adds the zone by itself; nil for the zone's own name.
  public var relativeName: String? {
    guard name.isBelow(zone) else { return nil }
    let count = name.labelCount - zone.labelCount
    return DomainName(labels: Array(name.labels.prefix(count)))?.host
  }
}

/// What the provider holds for the name, read where writes go.
public struct ProviderHolding: Hashable, Sendable {
  public enum Content: Hashable, Sendable {
    case alias(AliasRecord)
    case absent
    /// Records of another type, or several: shown as they are.
    case other([String])
  }

  public let content: Content
  /// Nil where there is no fence record.
  public let fence: UInt64?

  public init(_ content: Content, fence: UInt64? = nil) {
    self.content = content
    self.fence = fence
  }
}

/// Replace the alias, in one atomic change (R4), only if it still is `expected` and the fence still
/// has the number given (0: is not there yet); the fence is counted up in the same change.
public struct AliasChange: Hashable, Sendable {
  public let expected: AliasRecord
  public let wanted: AliasRecord
  public let fence: UInt64?

  public init(expected: AliasRecord, wanted: AliasRecord, fence: UInt64? = nil) {
    self.expected = expected
    self.wanted = wanted
    self.fence = fence
  }
}

/// How a change ended. Every text is made safe for terminals by whoever made it.
public enum ChangeOutcome: Hashable, Sendable {
  case applied
  /// A person has to do it: here is what exactly.
  case handedOver(String)
  /// Certainly nothing happened: what is held is not what was expected.
  case conflict(String)
  /// Certainly nothing happened; later it may work.
  case tryAgain(String)
  /// Certainly nothing happened, and nothing will.
  case permanent(String)
  /// Certainly nothing happened until a person does something: a key, a right, a quota.
  case needsPerson(String)
  /// It may have happened, or may happen yet (R17).
  case unknown(String)
}

/// The provider could not be read. That says nothing about what it holds (R21).
public struct ProviderFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ reason: String) { description = reason }
}

/// What a provider can promise; the waits are made of it.
public struct ProviderTraits: Hashable, Sendable {
  public let name: String
  /// A fence record is required and replaced in the same atomic change (R18).
  public let hasFence: Bool
  /// After this long a change that was sent can no longer land.
  public let longestWrite: TimeSpan
  /// A person makes the changes.
  public let isManual: Bool

  public init(name: String, hasFence: Bool, longestWrite: TimeSpan, isManual: Bool = false) {
    self.name = name
    self.hasFence = hasFence
    self.longestWrite = longestWrite
    self.isManual = isManual
  }
}

/// One finding of a preflight: can what is needed be done, and could more be done than is needed?
public struct ProviderFinding: Hashable, Sendable {
  public enum Weight: Hashable, Sendable { case fine, warning, blocker }
  public let weight: Weight
  public let text: String

  public init(_ weight: Weight, _ text: String) {
    self.weight = weight
    self.text = text
  }
}

/// Where the zone's records are changed. Blocking; every call is bounded in time.
///
/// One conformance suite holds for all of them: `TestSupport.DNSProviderConformance`.
public protocol AliasProvider: Sendable {
  var scope: ProviderScope { get }
  var traits: ProviderTraits { get }
  func read() throws(ProviderFailure) -> ProviderHolding
  func change(_ change: AliasChange) -> ChangeOutcome
  /// Without changing anything that could be seen.
  func preflight() -> [ProviderFinding]
}
