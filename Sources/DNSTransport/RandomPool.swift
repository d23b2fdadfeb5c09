import SystemIO

/// Random numbers for ids and letters, fetched from the kernel a page at a time: a system call for
/// each question would cost as much as sending it.
struct RandomPool {
  private var bytes: [UInt8] = []
  private var offset = 0

  mutating func next16() -> UInt16 {
    need(2)
    defer { offset += 2 }
    return UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
  }

  mutating func next64() -> UInt64 {
    need(8)
    defer { offset += 8 }
    return bytes[offset..<(offset + 8)].reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func need(_ count: Int) {
    guard bytes.count - offset < count else { return }
    bytes = SystemRandom.bytes(4096)
    offset = 0
  }
}
