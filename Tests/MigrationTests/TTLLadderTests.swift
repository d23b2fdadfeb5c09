// Tests bear the number of the rule they hold.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import DNSModel
import Migration
import TestSupport
import Testing

@Suite struct TTLLadderTests {
  @Test(arguments: [(1, 2_879), (2, 106), (3, 40), (4, 26)])
  func R8_theLadderSparesTheResolvers(stages: Int, atMost: UInt64) {
    let old = TTL(clamping: 172_800)
    let ladder = TTLLadder.stages(from: old, to: TTL(clamping: 60), count: stages)
    #expect(ladder.count == stages)
    #expect(ladder.last?.seconds == 60)
    let extra = TTLLadder.extraQuestionsPerMille(from: old, stages: ladder)
    #expect(extra <= atMost * 1000, "\(extra)")
  }

  @Test func everyLadderFallsFromTheOldTTLToTheFloor() {
    var random = SeededRandom(seed: 8)
    for _ in 0..<2_000 {
      let old = TTL(clamping: UInt32.random(in: 2...0x7FFF_FFFF, using: &random))
      let floor = TTL(clamping: UInt32.random(in: 1..<old.seconds, using: &random))
      let count = Int.random(in: 1...TTLLadder.stageLimit, using: &random)
      let stages = TTLLadder.stages(from: old, to: floor, count: count)
      #expect(stages.last == floor)
      #expect(zip(stages, stages.dropFirst()).allSatisfy { $0 > $1 })
      #expect(stages.allSatisfy { $0 < old })
    }
  }

  @Test func aLadderOfHugeTTLsIsExact() {
    let stages = TTLLadder.stages(from: .ceiling, to: TTL(clamping: 1), count: 2)
    // The square root of 2³¹ − 1, rounded down.
    #expect(stages.map(\.seconds) == [46_340, 1])
  }

  @Test func nothingIsLoweredThatIsLowAlready() {
    #expect(TTLLadder.stages(from: TTL(clamping: 60), to: TTL(clamping: 60), count: 3) == [])
    #expect(TTLLadder.stages(from: TTL(clamping: 30), to: TTL(clamping: 60), count: 3) == [])
  }
}
