import DNSModel
import Migration
import Notation

/// One caching resolver of the panel, with its habits.
struct ModelledResolver: Sendable {
  let habit: Scenario.ResolverHabit
  private var content = RecordContent.old
  private var expires = UTCInstant.distantPast

  static let names = ["honest-1", "honest-2", "habit-1", "habit-2"]

  private var addressExpires = UTCInstant.distantPast
  private let pace: Pace

  init(habit: Scenario.ResolverHabit, pace: Pace) {
    self.habit = habit
    self.pace = pace
  }

  /// Answers from its cache, or takes what an authority serves right now.
  ///
  /// The address behind the alias is fetched and kept by itself; what is left of the answer is what is left of
  /// the shorter of the two.
  mutating func ask(
    _ served: ServedValue, address: TTL?, at now: UTCInstant, isFaulty: Bool
  ) -> ResolverAnswer {
    if habit == .failing, isFaulty { return .serverFailure }
    if expires <= now {
      content = served.content
      expires = now + span(of: served.ttl, isFaulty: isFaulty)
    }
    var left = TTL(clamping: (expires - now).secondsRoundedUp)
    if let address {
      if addressExpires <= now { addressExpires = now + address.span }
      left = min(left, TTL(clamping: (addressExpires - now).secondsRoundedUp))
    }
    return content == .absent ? .denied(remaining: left) : .value(content, remaining: left)
  }

  private func span(of ttl: TTL, isFaulty: Bool) -> TimeSpan {
    switch habit {
    case .honest, .failing: ttl.span
    case .capping: min(ttl.span, pace(.hours(1)))
    case .flooring: max(ttl.span, isFaulty ? pace(.minutes(10)) : .zero)
    case .overHolding: isFaulty ? ttl.span * 3 : ttl.span
    case .servesStale: isFaulty ? ttl.span + pace(.minutes(30)) : ttl.span
    }
  }
}
