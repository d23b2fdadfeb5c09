import DNSModel
import Engine
import Migration
import Notation

/// A provider as the engine sees it: old and new instead of targets, safe time instead of none.
///
/// What could not be told in the engine's words (the printed change of a manual provider, the reason
/// of a refusal) goes to `tell`.
public struct MoveProvider: DNSProvider {
  private let provider: any AliasProvider
  private let now: () -> Now
  private let tell: (String) -> Void

  public init(
    _ provider: any AliasProvider, now: @escaping () -> Now, tell: @escaping (String) -> Void
  ) {
    self.provider = provider
    self.now = now
    self.tell = tell
  }

  public func read(_ plan: CompiledPlan) -> ProviderReading {
    let askedAt = now().safe
    do {
      let held = try provider.read()
      let value: ServedValue
      switch held.content {
      case .alias(let record):
        value = ServedValue(
          RecordContent(target: record.target, old: plan.oldTarget, new: plan.newTarget), record.ttl
        )
      case .absent: value = ServedValue(.absent, .zero)
      case .other(let texts):
        let bytes = texts.joined(separator: "\n").utf8
        value = ServedValue(.other(RecordContent.fingerprint(bytes)), .zero)
      }
      let fence = plan.waits.hasFence ? held.fence ?? 0 : nil
      return ProviderReading(askedAt: askedAt, at: now().safe, value: value, fence: fence)
    } catch {
      if !provider.traits.isManual { tell("the provider cannot be read: \(error)") }
      return ProviderReading(askedAt: askedAt, at: now().safe, value: nil)
    }
  }

  public func write(_ write: RecordWrite, key: EffectKey, plan: CompiledPlan) -> EffectOutcome {
    guard let expected = record(write.expected, plan) ?? foreignRecord(write.expected, plan),
      let wanted = record(write.value, plan)
    else {
      tell(
        "\(key): what is there is no alias that could be replaced: \(safeText(plan.hostname.host))")
      return .rejected(.needsPerson)
    }
    let change = AliasChange(expected: expected, wanted: wanted, fence: write.fence)
    switch provider.change(change) {
    case .applied: return .applied
    case .handedOver(let text):
      tell(text)
      return .handedOver
    case .conflict(let reason): return rejected(.conflict, key, reason)
    case .tryAgain(let reason): return rejected(.tryAgain, key, reason)
    case .permanent(let reason): return rejected(.permanent, key, reason)
    case .needsPerson(let reason): return rejected(.needsPerson, key, reason)
    case .unknown(let reason):
      tell("\(key): it is not known whether the change took hold: \(reason)")
      return .unknown
    }
  }

  private func rejected(
    _ rejection: Rejection, _ key: EffectKey, _ reason: String
  ) -> EffectOutcome {
    tell("\(key): nothing was changed: \(reason)")
    return .rejected(rejection)
  }

  /// A person decided to write over a foreign record (R19): it is still the one that was decided on, as
  /// its fingerprint tells, or the change has no condition to go by.
  private func foreignRecord(_ value: ServedValue, _ plan: CompiledPlan) -> AliasRecord? {
    guard value.content.isForeign, case .alias(let record)? = try? provider.read().content,
      RecordContent(target: record.target, old: plan.oldTarget, new: plan.newTarget)
        == value.content
    else { return nil }
    return AliasRecord(target: record.target, ttl: value.ttl)
  }

  private func record(_ value: ServedValue, _ plan: CompiledPlan) -> AliasRecord? {
    switch value.content {
    case .old: AliasRecord(target: plan.oldTarget, ttl: value.ttl)
    case .new: AliasRecord(target: plan.newTarget, ttl: value.ttl)
    case .absent, .other: nil
    }
  }
}
