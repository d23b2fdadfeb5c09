// Tests bear the number of the rule they hold.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

import DNSModel
import Notation
import TestSupport
import Testing

@testable import Migration

/// The ledger held against every cache there could be: one that asks every authority at every second, and
/// keeps what it gets for as long as it may. Brute force, and nothing of the ledger's arithmetic.
@Suite struct LedgerAgainstCachesTests {
  /// A record's history: values with their TTLs, published one after the other to authorities that learn of
  /// each at their own time.
  struct History {
    var values: [ServedValue]
    /// When each was written.
    var published = [0]
    /// By authority, then by value: the second from which it is served there.
    var arrivals: [[Int]]
    let length: Int

    init(_ random: inout SeededRandom, bound: Int) {
      let authorities = Int.random(in: 1...3, using: &random)
      values = [ServedValue(.old, TTL(clamping: Int.random(in: 20...120, using: &random)))]
      arrivals = Array(repeating: [0], count: authorities)
      var at = 0
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        at += Int.random(in: 5...60, using: &random)
        // Now and then the name is denied for a while, and the denial is cached too (R6).
        let content: RecordContent = Int.random(in: 0..<5, using: &random) == 0 ? .absent : .old
        let ttl = TTL(clamping: Int.random(in: 1...60, using: &random))
        guard values.last != ServedValue(content, ttl) else { continue }
        values.append(ServedValue(content, ttl))
        published.append(at)
        for index in arrivals.indices {
          let lag = Int.random(in: 0...bound, using: &random)
          arrivals[index].append(max(at + lag, arrivals[index].last ?? 0))
        }
      }
      length = at + bound + 1
    }

    func served(by authority: Int, at second: Int) -> ServedValue {
      var index = values.count - 1
      while index > 0, arrivals[authority][index] > second { index -= 1 }
      return values[index]
    }

    /// The second at which the last of all caches lets go of the last value that is not the present one.
    var lastExpiry: Int {
      var latest = 0
      for authority in arrivals.indices {
        for second in 0...length {
          let value = served(by: authority, at: second)
          if value != values.last { latest = max(latest, second + Int(value.ttl.seconds)) }
        }
      }
      return latest
    }
  }

  static let origin = UTCInstant(milliseconds: 1_000_000_000)
  static func moment(_ second: Int) -> UTCInstant { origin + .seconds(second) }

  static func waits(bound: Int, rounds: Int) -> WaitParameters {
    WaitParameters(
      declaredTTL: TTL(clamping: 1), stages: [], isLadder: false, finalTTL: TTL(clamping: 60),
      authoritativeLag: .seconds(bound), margin: .zero, cleanRounds: rounds,
      propagationBound: .seconds(bound), longestWrite: .zero, hasFence: true, soaks: [],
      minimumTail: .zero, hasTrafficSource: true)
  }

  /// Looks at every authority again and again until the ledger says that nothing older is left.
  private func reckonedEnd(
    _ history: History, _ waits: WaitParameters, _ random: inout SeededRandom
  ) -> Int? {
    var ledger = ExposureLedger()
    var second = 0
    var opened = 0
    for _ in 0..<4000 {
      while opened < history.values.count, history.published[opened] <= second {
        let written = Self.moment(history.published[opened])
        ledger.open(
          history.values[opened], .intended, at: written, writeDeadAt: written, isExplained: true)
        opened += 1
      }
      var values: [ServedValue] = []
      var unreachable: [String] = []
      for authority in history.arrivals.indices {
        // Whoever cannot be asked may serve anything.
        if Int.random(in: 0..<10, using: &random) == 0 {
          unreachable.append("\(authority)")
        } else {
          let value = history.served(by: authority, at: second)
          if !values.contains(value) { values.append(value) }
        }
      }
      ledger.note(
        RoundSummary(
          startedAt: Self.moment(second), completedAt: Self.moment(second), values: values,
          unreachable: unreachable, askedCount: history.arrivals.count), waits, [])
      if second > history.length,
        let end = TTLWait.endOfSuperseded(
          in: ledger, except: history.values[history.values.count - 1], margin: .zero)
      {
        return Int((end - Self.origin).milliseconds / 1000)
      }
      second += Int.random(in: 1...7, using: &random)
    }
    return nil
  }

  @Test func R1_R6_noCacheHasAnythingOlderWhenTheLedgerSaysSo() throws {
    var random = SeededRandom(seed: 1)
    var tight = 0
    for number in 0..<400 {
      let bound = Int.random(in: 2...30, using: &random)
      let history = History(&random, bound: bound)
      let waits = Self.waits(bound: bound, rounds: Int.random(in: 1...4, using: &random))
      let end = try #require(reckonedEnd(history, waits, &random), "history \(number)")
      #expect(end >= history.lastExpiry, "history \(number): \(history)")
      if end <= history.lastExpiry + 4 * bound + 120 { tight += 1 }
    }
    // Safe, and not by waiting for ever.
    #expect(tight >= 390, "\(tight)")
  }

  /// R8: walked down by the ladder's own moments, the caches hold nothing but the last stair when the old
  /// TTL ends: no later than with one step.
  @Test func R8_allStairsEndTogetherInEveryCache() {
    var random = SeededRandom(seed: 8)
    for number in 0..<200 {
      let old = Int.random(in: 100...600, using: &random)
      let floor = Int.random(in: 1...20, using: &random)
      let lag = Int.random(in: 0...20, using: &random)
      let count = Int.random(in: 1...5, using: &random)
      var waits = Self.waits(bound: lag, rounds: 2)
      waits.declaredTTL = TTL(clamping: old)
      waits.isLadder = true
      waits.stages = TTLLadder.stages(
        from: waits.declaredTTL, to: TTL(clamping: floor), count: count)
      let cutOver = old + 2 * lag
      var published: [Int] = []
      for stage in 1...waits.stages.count {
        let at = TTLWait.moment(ofStage: stage, cutOver: Self.moment(cutOver), waits: waits)
        published.append(max(0, Int((at - Self.origin).milliseconds / 1000)))
      }
      // Each cache there could be, at an authority that is as slow as it may be.
      for second in 0...cutOver {
        var ttl = old
        for (index, at) in published.enumerated() where at + lag <= second {
          ttl = Int(waits.stages[index].seconds)
        }
        if ttl != floor {
          #expect(second + ttl <= cutOver, "ladder \(number): TTL \(ttl) served at \(second)")
        }
      }
    }
  }

  /// The roots are exact up to the highest TTL: no stair is a second too high or too low.
  @Test func R8_everyStairIsTheExactRoot() {
    var random = SeededRandom(seed: 31)
    for number in 0..<60 {
      let old = number < 4 ? 0x7FFF_FFFF : UInt64.random(in: 2...0x7FFF_FFFF, using: &random)
      let floor = number == 0 ? 1 : UInt64.random(in: 1..<old, using: &random)
      let k = Int.random(in: 1...TTLLadder.stageLimit, using: &random)
      let stages = TTLLadder.stages(
        from: TTL(clamping: UInt32(old)), to: TTL(clamping: UInt32(floor)), count: k)
      var expected: [UInt64] = []
      for j in 1...k {
        let stair = Self.root(old, floor, j, k)
        if stair < expected.last ?? old { expected.append(stair) }
      }
      #expect(stages.map { UInt64($0.seconds) } == expected, "\(old) to \(floor) in \(k)")
    }
  }

  /// The largest x with x^k ≤ T^(k−j)·f^j, by plain multiplication in bytes: slow, and nobody's code but
  /// this test's.
  private static func root(_ old: UInt64, _ floor: UInt64, _ j: Int, _ k: Int) -> UInt64 {
    var goal: [UInt8] = [1]
    for _ in 0..<(k - j) { goal = product(goal, old) }
    for _ in 0..<j { goal = product(goal, floor) }
    var bits: UInt64 = 0
    for shift in stride(from: 31, through: 0, by: -1) {
      let tried = bits | 1 << UInt64(shift)
      var power: [UInt8] = [1]
      for _ in 0..<k { power = product(power, tried) }
      if !isGreater(power, goal) { bits = tried }
    }
    return bits
  }

  private static func product(_ number: [UInt8], _ factor: UInt64) -> [UInt8] {
    var result: [UInt8] = []
    var carry: UInt64 = 0
    for byte in number {
      carry += UInt64(byte) * factor
      result.append(UInt8(truncatingIfNeeded: carry))
      carry >>= 8
    }
    while carry > 0 {
      result.append(UInt8(truncatingIfNeeded: carry))
      carry >>= 8
    }
    return result
  }

  private static func isGreater(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    if left.count != right.count { return left.count > right.count }
    for index in left.indices.reversed() where left[index] != right[index] {
      return left[index] > right[index]
    }
    return false
  }
}
