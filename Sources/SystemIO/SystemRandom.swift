import CLinux

/// The kernel's random source. The one place for randomness: everything else takes it as an argument.
public struct SystemRandom: RandomNumberGenerator, Sendable {
  public init() {}

  public mutating func next() -> UInt64 {
    var value: UInt64 = 0
    // Eight bytes are never refused once the machine has started (getrandom(2)).
    while clinux_random(&value, MemoryLayout<UInt64>.size) != 0 {}
    return value
  }

  public static func bytes(_ count: Int) -> [UInt8] {
    var random = SystemRandom()
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }
}
