import DNSModel
import DNSProviders
import Notation
import TestSupport
import Testing

/// What every provider must do, whatever stands behind it: one zone `example.test` with
/// `api 300 CNAME old.example.net.` in it, made anew for each check.
public struct DNSProviderConformance {
  public static let scope = ProviderScope(zone: "example.test", name: "api.example.test")
  public static let old = AliasRecord(target: "old.example.net", ttl: TTL(clamping: 300))
  public static let low = AliasRecord(target: "old.example.net", ttl: TTL(clamping: 60))
  public static let new = AliasRecord(target: "new.example.net", ttl: TTL(clamping: 60))

  public let provider: any AliasProvider

  public init(_ provider: any AliasProvider) { self.provider = provider }

  private var fence: UInt64? {
    get throws { provider.traits.hasFence ? try provider.read().fence ?? 0 : nil }
  }

  private func content() throws -> ProviderHolding.Content { try provider.read().content }

  private func expectConflict(_ outcome: ChangeOutcome, _ what: String) {
    guard case .conflict = outcome else {
      Issue.record("\(provider.traits.name): \(what): \(outcome)")
      return
    }
  }

  /// Reads what is there, changes TTL and target in turn, and reads that back.
  public func movesThereAndBack() throws {
    #expect(try content() == .alias(Self.old))
    let path = [Self.old, Self.low, Self.new, Self.low, Self.old]
    for (from, to) in zip(path, path.dropFirst()) {
      let change = AliasChange(expected: from, wanted: to, fence: try fence)
      #expect(provider.change(change) == .applied, "\(from) to \(to)")
      #expect(try content() == .alias(to))
    }
  }

  /// What is not as expected is left alone.
  public func refusesAConditionThatDoesNotHold() throws {
    let stranger = AliasRecord(target: "stranger.example.net", ttl: Self.old.ttl)
    let change = AliasChange(expected: stranger, wanted: Self.new, fence: try fence)
    expectConflict(provider.change(change), "a wrong old value")
    #expect(try content() == .alias(Self.old))
  }

  /// A zombie: its change was decided three changes ago, and its old value is true again (R18).
  public func refusesAZombieWhoseValueIsTrueAgain() throws {
    let number = try fence
    let zombie = AliasChange(expected: Self.old, wanted: Self.new, fence: number)
    #expect(provider.change(zombie) == .applied)
    let back = AliasChange(expected: Self.new, wanted: Self.old, fence: try fence)
    #expect(provider.change(back) == .applied)
    if provider.traits.hasFence {
      expectConflict(provider.change(zombie), "a zombie")
      #expect(try content() == .alias(Self.old))
    } else {
      // Without a fence the engine waits this out, so it must be told how long.
      #expect(provider.traits.longestWrite > .zero)
    }
  }

  /// The preflight changes nothing and finds nothing against a provider that works.
  public func preflightsWithoutATrace() throws {
    let before = try provider.read()
    let findings = provider.preflight()
    #expect(!findings.isEmpty && !findings.contains { $0.weight == .blocker }, "\(findings)")
    #expect(try provider.read() == before)
  }

  /// Every check, each on a provider with a zone of its own.
  public static func check(_ fresh: () throws -> any AliasProvider) throws {
    try DNSProviderConformance(fresh()).movesThereAndBack()
    try DNSProviderConformance(fresh()).refusesAConditionThatDoesNotHold()
    try DNSProviderConformance(fresh()).refusesAZombieWhoseValueIsTrueAgain()
    try DNSProviderConformance(fresh()).preflightsWithoutATrace()
  }
}
