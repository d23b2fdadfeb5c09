import DNSModel

/// The stairs from the old TTL down to the low one, in integers (R8).
///
/// `T_j = T·(f/T)^(j/k)`: each stair divides by the same factor, so that resolvers ask at most
/// `k((T/f)^(1/k) − 1)` extra questions per old TTL, instead of `T/f − 1` for one step.
public enum TTLLadder {
  public static let stageLimit = 16

  /// T₁ … T_k, falling, the last one the floor; empty when `old` is not above `floor`. Equal stairs
  /// are left out.
  public static func stages(from old: TTL, to floor: TTL, count: Int) -> [TTL] {
    guard old > floor, floor > .zero else { return old > floor ? [floor] : [] }
    let k = min(max(count, 1), stageLimit)
    var stages: [TTL] = []
    for j in 1...k {
      let ttl = TTL(clamping: stair(UInt64(old.seconds), UInt64(floor.seconds), j, of: k))
      if ttl < (stages.last ?? old) { stages.append(ttl) }
    }
    return stages
  }

  /// Rounded down: the largest x with x^k ≤ T^(k−j)·f^j. A lower stair waits no longer and costs
  /// little; the last one is the floor exactly.
  private static func stair(_ old: UInt64, _ floor: UInt64, _ j: Int, of k: Int) -> UInt64 {
    var goal = Magnitude(1)
    for _ in 0..<(k - j) { goal.multiply(by: old) }
    for _ in 0..<j { goal.multiply(by: floor) }
    var low = floor
    var high = old
    while low < high {
      let middle = low + (high - low + 1) / 2
      var power = Magnitude(1)
      for _ in 0..<k { power.multiply(by: middle) }
      if power <= goal { low = middle } else { high = middle - 1 }
    }
    return low
  }

  /// Extra questions per resolver and old TTL over the whole descent, in thousandths, rounded up:
  /// each stage that lasts T_(j−1) is asked T_(j−1)/T_j times instead of once.
  public static func extraQuestionsPerMille(from old: TTL, stages: [TTL]) -> UInt64 {
    var total: UInt64 = 0
    var before = UInt64(old.seconds)
    for stage in stages {
      let after = max(UInt64(stage.seconds), 1)
      total += (before * 1000 + after - 1) / after - 1000
      before = after
    }
    return total
  }
}

/// A natural number of any size, as far as the ladder needs one: multiply by a word, and compare.
private struct Magnitude: Comparable {
  /// Least significant first, no zero on top.
  private var words: [UInt64]

  init(_ value: UInt64) { words = value == 0 ? [] : [value] }

  mutating func multiply(by factor: UInt64) {
    var carry: UInt64 = 0
    for index in words.indices {
      let (high, low) = words[index].multipliedFullWidth(by: factor)
      let (sum, overflow) = low.addingReportingOverflow(carry)
      words[index] = sum
      carry = high + (overflow ? 1 : 0)
    }
    if carry > 0 { words.append(carry) }
  }

  static func < (left: Magnitude, right: Magnitude) -> Bool {
    if left.words.count != right.words.count { return left.words.count < right.words.count }
    for index in left.words.indices.reversed() where left.words[index] != right.words[index] {
      return left.words[index] < right.words[index]
    }
    return false
  }
}
