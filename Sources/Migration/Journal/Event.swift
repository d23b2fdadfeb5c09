import Notation

/// What can happen to a migration. Past tense: all of it has happened already, outside.
public enum Event: Hashable, Sendable {
  /// Time has passed.
  case ticked
  /// A process took the migration over; whatever was under way may or may not have happened.
  case recovered
  case roundSeen(AuthoritativeRound)
  case providerRead(ProviderReading)
  case resolversSeen(ResolverSurvey)
  /// `watchedSince`: from then on this kind was looked at without a gap, each time with this outcome. A
  /// soak counts only time that was watched.
  case reported(EvidenceReport, watchedSince: UTCInstant)
  case effectEnded(number: UInt32, EffectOutcome)
  case commanded(Command)
}
