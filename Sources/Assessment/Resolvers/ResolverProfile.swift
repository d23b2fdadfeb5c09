import DNSModel
import Notation

/// A resolver, or a kind of cache, and what is known of how it keeps answers.
public struct ResolverProfile: Hashable, Sendable {
  public var label: String
  /// Where it can be asked; empty for kinds of software, which are many places.
  public var addresses: [String]
  /// The name its certificate bears (DoT), and where it takes questions by HTTPS.
  public var tlsName: String?
  public var httpsURL: String?
  /// The longest and the shortest it keeps an answer, and the longest a denial.
  public var cap: TTL?
  public var floor: TTL
  public var negativeCap: TTL?
  public var staleHabit: String?
  public var isRequired: Bool
  /// Where the figures come from, and of when.
  public var source: String

  public init(
    _ label: String, addresses: [String] = [], tlsName: String? = nil, httpsURL: String? = nil,
    cap: TTL? = nil, floor: TTL = .zero, negativeCap: TTL? = nil, staleHabit: String? = nil,
    isRequired: Bool = false, source: String
  ) {
    self.label = label
    self.addresses = addresses
    self.tlsName = tlsName
    self.httpsURL = httpsURL
    self.cap = cap
    self.floor = floor
    self.negativeCap = negativeCap
    self.staleHabit = staleHabit
    self.isRequired = isRequired
    self.source = source
  }

  /// How long it keeps an answer that was published with `ttl`, if it keeps to its own habits.
  public func longestHold(of ttl: TTL) -> TTL { max(floor, min(ttl, cap ?? .ceiling)) }
}

extension ResolverProfile {
  public var json: JSON {
    .record([
      ("label", .string(label)), ("addresses", .strings(addresses)),
      ("tlsName", tlsName.map { .string($0) }), ("httpsURL", httpsURL.map { .string($0) }),
      ("cap", cap.map { .integer(Int64($0.seconds)) }), ("floor", .integer(Int64(floor.seconds))),
      ("negativeCap", negativeCap.map { .integer(Int64($0.seconds)) }),
      ("staleHabit", staleHabit.map { .string($0) }), ("required", .bool(isRequired)),
      ("source", .string(source)),
    ])
  }
}
