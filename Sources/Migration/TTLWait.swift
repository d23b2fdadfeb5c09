import DNSModel
import Notation

/// How long to wait, and for what. Everything is a predicate over the ledger; nothing adds up
/// durations on its own.
public enum TTLWait {
  /// When the whole ledger but `current` will have left the caches: the only wait of the cutover (R8).
  /// What was only ever intended for the new side does not count. Nil while something else may still be
  /// served.
  public static func endOfSuperseded(
    in ledger: ExposureLedger, except current: ServedValue, margin: TimeSpan
  ) -> UTCInstant? {
    var latest = UTCInstant.distantPast
    for exposure in ledger.exposures
    where (exposure.value != current || exposure.basis == .resolver)
      && exposure.value.content != .new
    {
      guard let end = exposure.end(margin: margin) else { return nil }
      latest = max(latest, end)
    }
    return latest
  }

  /// When the last answer with this data will have left the caches; nil while it may still be served.
  public static func end(
    of content: RecordContent, in ledger: ExposureLedger, margin: TimeSpan
  ) -> UTCInstant? {
    var latest = UTCInstant.distantPast
    for exposure in ledger.exposures where exposure.value.content == content {
      guard let end = exposure.end(margin: margin) else { return nil }
      // A stretched value that was only ever seen while the data was served ends with the data.
      if exposure.basis == .resolver, exposure.cleanRounds == 0 { return nil }
      latest = max(latest, end)
    }
    return latest
  }

  /// The moment at which all stairs of the ladder end together: when the first of them was seen
  /// everywhere, the old TTL from then on (R8). Nil until the old value is gone.
  public static func plannedCutOver(
    ledger: ExposureLedger, waits: WaitParameters
  ) -> UTCInstant? {
    var latest: UTCInstant?
    for exposure in ledger.exposures where exposure.value.content == .old {
      guard let end = exposure.end(margin: waits.margin) else { continue }
      latest = max(latest ?? end, end)
    }
    return latest.map { max($0, waits.cutOverAt ?? $0) }
  }

  /// When stage `number` (from 1) is published, given the planned cutover: its predecessor's TTL, the
  /// lag, the rounds that prove it gone and the margin before it.
  public static func moment(
    ofStage number: Int, cutOver: UTCInstant, waits: WaitParameters
  ) -> UTCInstant {
    let before =
      number >= 2 && number - 2 < waits.stages.count
      ? waits.stages[number - 2] : waits.declaredTTL
    return cutOver - before.span - waits.authoritativeLag - waits.propagationBound - waits.margin
  }
}
