import Migration

/// Where the record is written. One conformance suite holds every provider.
public protocol DNSProvider {
  /// Reads the record and the fence at the provider itself, not at a secondary. May be repeated; an
  /// unreadable provider gives a reading without a value.
  func read(_ plan: CompiledPlan) -> ProviderReading

  /// Replaces the RRset atomically (R4), on the conditions of `write`, exactly as asked or not at all.
  /// Not to be repeated: one call per intent. A time-out after the first byte is `.unknown`; a
  /// precondition that does not hold is `.rejected(.conflict)`; a person's job is `.handedOver`.
  func write(_ write: RecordWrite, key: EffectKey, plan: CompiledPlan) -> EffectOutcome
}
