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
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      // Up to 256 bytes come whole, whatever signals arrive (getrandom(2)).
      while filled < count, let base = buffer.baseAddress {
        let part = min(256, count - filled)
        if clinux_random(base + filled, part) == 0 { filled += part }
      }
    }
  }
}
