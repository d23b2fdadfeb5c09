import Notation
import TestSupport
import Testing

@testable import Migration

/// What fails is tried again, further and further apart and not for ever; what trying again cannot cure is a
/// person's affair at once.
@Suite struct RetryTests {
  /// The provider turns each write away, until somebody has to look or there were `most`. When they were sent.
  static func turnedAway(
    _ walk: inout Walk, _ rejection: Rejection, most: Int = 20
  ) -> [UTCInstant] {
    var times: [UTCInstant] = []
    while times.count < most, !walk.state.pauses.contains(.failure) {
      let before = walk.effects.count
      walk.pass(.hours(12)) { $0.effects.count > before || $0.state.pauses.contains(.failure) }
      guard walk.effects.count > before, let effect = walk.effects.last else { break }
      guard effect.action.purpose == .record else {
        walk.perform(effect)
        continue
      }
      times.append(walk.now.safe)
      walk.feed(.effectEnded(number: effect.number, .rejected(rejection)))
    }
    return times
  }

  static func walk() -> Walk {
    var walk = Walk()
    walk.kept = EffectPurpose.allCases
    return walk
  }

  @Test func theyComeFurtherAndFurtherApartAndThenAPersonLooks() {
    var walk = Self.walk()
    let times = Self.turnedAway(&walk, .tryAgain)
    #expect(times.count == Int(Tries.budget) + 1)
    for (index, gap) in zip(times, times.dropFirst()).map({ $1 - $0 }).enumerated() {
      #expect(gap >= min(.seconds(10) * (1 << index), .minutes(15)), "after try \(index + 1)")
    }
    #expect(walk.decision.standing == .held)
    let before = walk.effects.count
    walk.pass(.days(3))
    #expect(walk.effects.count == before, "tried for ever")
    // Put right and said so: it begins anew, with a whole budget.
    let answer = walk.say(.resume)
    #expect(answer == .accepted)
    let again = Self.turnedAway(&walk, .tryAgain)
    #expect(again.count == Int(Tries.budget) + 1)
  }

  @Test(arguments: [Rejection.permanent, .needsPerson])
  func whatTryingAgainCannotCureIsHeldAtOnce(rejection: Rejection) {
    var walk = Self.walk()
    let times = Self.turnedAway(&walk, rejection)
    #expect(times.count == 1)
    #expect(walk.decision.standing == .held)
    #expect(walk.decision.blockers.contains(.paused(.failure)))
    let answer = walk.say(.retry)
    #expect(answer == .accepted)
    walk.kept = []
    let isDone = walk.finish("ttl.lower.1")
    #expect(isDone)
  }
}
