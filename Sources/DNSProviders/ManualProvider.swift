import DNSModel
import Notation

/// A registrar's web page, or a colleague: the exact change is printed, and the authoritatives show
/// when it was made.
public struct ManualProvider: AliasProvider {
  public let scope: ProviderScope
  public let traits: ProviderTraits
  /// Where the person goes: free text of the plan.
  private let place: String?

  public init(scope: ProviderScope, place: String? = nil) {
    self.scope = scope
    self.place = place
    traits = ProviderTraits(
      name: "manual", hasFence: false, longestWrite: .zero, isManual: true)
  }

  public func read() throws(ProviderFailure) -> ProviderHolding {
    throw ProviderFailure("a manual provider cannot be read: the authoritatives are asked instead")
  }

  public func change(_ change: AliasChange) -> ChangeOutcome {
    .handedOver(ManualInstruction(scope: scope, change: change, place: place).text)
  }

  public func preflight() -> [ProviderFinding] {
    [ProviderFinding(.fine, "each change of the record is printed for a person to make")]
  }
}

/// What to enter, in each of the ways that web pages ask for it.
public struct ManualInstruction: Hashable, Sendable {
  public let scope: ProviderScope
  public let change: AliasChange
  public let place: String?

  public init(scope: ProviderScope, change: AliasChange, place: String? = nil) {
    self.scope = scope
    self.change = change
    self.place = place
  }

  public var text: String {
    let wanted = change.wanted
    let atPlace = place.map { " at \(safeText($0))" } ?? ""
    let ttlOnly = change.expected.target == wanted.target
    return """
      Change this record\(atPlace) (edit it in place; do not delete it and add it anew):

        name    \(scope.relativeName ?? "@")      the page adds the zone by itself
                \(scope.name)      the page wants the whole name
        type    CNAME
        value   \(wanted.target)      with the dot at its end, or the page may add the zone
        TTL     \(wanted.ttl)  (\(wanted.ttl.span))

      It is now: TTL \(change.expected.ttl), value \(change.expected.target). \
      Only the TTL \(ttlOnly ? "changes; leave the value." : "and the value change.")
      This goes on by itself as soon as every authoritative server shows it.
      """.replacing(
        "Only the TTL and the value change.",
        with: wanted.ttl == change.expected.ttl
          ? "Only the value changes; leave the TTL." : "Both change.")
  }
}
