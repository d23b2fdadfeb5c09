import DNSModel
import Migration
import Notation

/// How fast life goes by in a rehearsed world. A plan whose waits are days meets trouble that lasts hours; in
/// one whose waits are seconds the same trouble would last for a thousand moves, and nothing but it would be
/// rehearsed.
struct Pace: Hashable, Sendable {
  /// Millionths of the time that the trouble takes beside a move of a week.
  private let share: Int64

  /// The pace of a move of a week.
  static let week = Pace(share: 1_000_000)

  private init(share: Int64) { self.share = share }

  init(_ plan: CompiledPlan) {
    var own = plan.waits.declaredTTL.span + plan.waits.authoritativeLag + plan.waits.minimumTail
    for soak in plan.waits.soaks { own += soak }
    own += plan.rollback.window
    share = min(1_000_000, max(1, own.milliseconds * 1000 / (TimeSpan.days(7).milliseconds / 1000)))
  }

  func callAsFunction(_ span: TimeSpan) -> TimeSpan {
    share == 1_000_000
      ? span : TimeSpan(milliseconds: max(1, span.milliseconds / 1000 * share / 1000))
  }
}
