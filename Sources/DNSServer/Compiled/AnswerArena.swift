/// Memory that compiled answers are written to once and only read from then on. Snapshots share it;
/// it goes when the last of them does.
final class AnswerArena: @unchecked Sendable {
  private var chunks: [UnsafeMutableRawPointer] = []
  private var used = AnswerArena.chunkSize
  /// All that was ever handed out; what is no longer in use is not known here.
  private(set) var byteCount = 0

  private static let chunkSize = 1 << 20

  deinit {
    for chunk in chunks { chunk.deallocate() }
  }

  /// Room for `count` bytes, aligned to eight.
  func allocate(_ count: Int) -> UnsafeMutableRawPointer {
    let rounded = (count + 7) & ~7
    byteCount += rounded
    if rounded > Self.chunkSize / 4 {
      let chunk = UnsafeMutableRawPointer.allocate(byteCount: rounded, alignment: 8)
      // In front: the last chunk is the one that still has room.
      chunks.insert(chunk, at: 0)
      return chunk
    }
    if used + rounded > Self.chunkSize {
      chunks.append(.allocate(byteCount: Self.chunkSize, alignment: 8))
      used = 0
    }
    defer { used += rounded }
    return chunks[chunks.count - 1] + used
  }

  func store(_ bytes: [UInt8]) -> UnsafeRawPointer {
    let place = allocate(bytes.count)
    bytes.withUnsafeBytes { buffer in
      if let base = buffer.baseAddress { place.copyMemory(from: base, byteCount: buffer.count) }
    }
    return UnsafeRawPointer(place)
  }
}
