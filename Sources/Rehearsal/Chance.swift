import Notation

/// All randomness of a rehearsal, from one seed (SplitMix64): the same seed tells the same story.
struct Chance: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// From 0 up to `bound`, not included. The bias of the product is far below what anyone could see.
  mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(max(bound, 1))).high)
  }

  mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

  mutating func perMille(_ share: Int) -> Bool { share > 0 && below(1000) < share }

  mutating func span(_ least: TimeSpan, _ most: TimeSpan) -> TimeSpan {
    let width = max(0, most.milliseconds - least.milliseconds)
    return least + .milliseconds(below(Int(clamping: width) + 1))
  }

  /// Short spans as often as long ones: 1 s … `most`, by magnitude.
  mutating func skewed(_ most: TimeSpan) -> TimeSpan {
    let bits = 64 - max(most.milliseconds, 1).leadingZeroBitCount
    let ceiling = Int64(1) << Int64(below(bits) + 1)
    return .milliseconds(below(Int(clamping: min(ceiling, most.milliseconds)) + 1))
  }
}
