/// When which offset from UTC applies in one time zone, from the bytes of a TZif file (RFC 9636).
///
/// Reading the file is for the edge; here is only what its bytes mean. Leap seconds are not counted,
/// as everywhere in this program.
public struct TimeZoneRules: Hashable, Sendable {
  /// Seconds since 1970 at which the offset changes, ascending, and the offset from then on.
  private let transitions: [Transition]
  private let firstOffset: Int
  /// For everything behind the last transition.
  private let footer: RecurringRule?

  private struct Transition: Hashable, Sendable {
    let at: Int64
    let offset: Int
  }

  public static let utc = TimeZoneRules(transitions: [], firstOffset: 0, footer: nil)

  private init(transitions: [Transition], firstOffset: Int, footer: RecurringRule?) {
    self.transitions = transitions
    self.firstOffset = firstOffset
    self.footer = footer
  }

  /// Nil when the bytes are no TZif file, or contradict themselves.
  public init?(tzif bytes: [UInt8]) {
    guard bytes.count <= 1 << 20, let first = Header(bytes, at: 0) else { return nil }
    var header = first
    var isWide = false
    if first.version >= 2 {
      // The first block is for readers of 32-bit times; the second one says it all.
      let next = 44 + first.length(timeSize: 4)
      guard let second = Header(bytes, at: next) else { return nil }
      header = second
      isWide = true
    }
    guard let block = Block(bytes, header, timeSize: isWide ? 8 : 4) else { return nil }
    transitions = zip(block.times, block.offsets).map { Transition(at: $0, offset: $1) }
    firstOffset = block.firstOffset
    guard isWide, block.end < bytes.count else {
      footer = nil
      return
    }
    guard bytes[block.end] == 0x0A, let stop = bytes[(block.end + 1)...].firstIndex(of: 0x0A) else {
      return nil
    }
    let text = bytes[(block.end + 1)..<stop]
    guard !text.isEmpty else {
      footer = nil
      return
    }
    guard let rule = RecurringRule(posix: Array(text)) else { return nil }
    footer = rule
  }

  /// Seconds east of UTC.
  public func offset(at instant: UTCInstant) -> Int {
    let seconds = instant.seconds
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle].at <= seconds { low = middle + 1 } else { high = middle }
    }
    if low == transitions.count, let footer { return footer.offset(at: seconds) }
    return low == 0 ? firstOffset : transitions[low - 1].offset
  }

  public func local(_ instant: UTCInstant) -> LocalDateTime {
    LocalDateTime(asIfUTC: instant + .seconds(offset(at: instant)))
  }

  /// The moment a wall clock shows this. In an hour that comes twice, its first coming; in an hour that
  /// is left out, the moment the clocks go forward.
  public func instant(_ local: LocalDateTime) -> UTCInstant {
    let asUTC = local.asIfUTC
    var candidates: [UTCInstant] = []
    for probe in [asUTC - .days(1), asUTC + .days(1)] {
      let candidate = asUTC - .seconds(offset(at: probe))
      if self.offset(at: candidate) == self.offset(at: probe) { candidates.append(candidate) }
    }
    if let first = candidates.min() { return first }
    // Left out: the change lies between the two readings of the clock.
    var low = asUTC - .seconds(offset(at: asUTC + .days(1)))
    var high = asUTC - .seconds(offset(at: asUTC - .days(1)))
    let before = offset(at: low)
    while (high - low) > .seconds(1) {
      let middle = UTCInstant(seconds: (low.seconds + high.seconds) / 2)
      if offset(at: middle) == before { low = middle } else { high = middle }
    }
    return high
  }

  /// `+01:00`, as RFC 3339 writes it.
  public func offsetText(at instant: UTCInstant) -> String {
    let offset = offset(at: instant)
    guard offset != 0 else { return "Z" }
    let minutes = abs(offset) / 60
    return (offset < 0 ? "-" : "+") + padded(minutes / 60, 2) + ":" + padded(minutes % 60, 2)
  }
}

/// The counts at the head of a block.
private struct Header {
  let version: Int
  let offset: Int
  let utcFlags, standardFlags, leaps, times, types, characters: Int

  init?(_ bytes: [UInt8], at offset: Int) {
    guard offset >= 0, bytes.count >= offset + 44,
      bytes[offset..<(offset + 4)] == [0x54, 0x5A, 0x69, 0x66]
    else { return nil }
    self.offset = offset
    version = bytes[offset + 4] == 0 ? 1 : Int(bytes[offset + 4]) - 0x30
    func count(_ index: Int) -> Int {
      Int(bigEndian(bytes[(offset + 20 + 4 * index)..<(offset + 24 + 4 * index)]))
    }
    utcFlags = count(0)
    standardFlags = count(1)
    leaps = count(2)
    times = count(3)
    types = count(4)
    characters = count(5)
    guard version >= 1, types > 0,
      [utcFlags, standardFlags, leaps, times, types, characters].allSatisfy({ $0 <= 1 << 16 })
    else { return nil }
  }

  func length(timeSize: Int) -> Int {
    times * timeSize + times + types * 6 + characters + leaps * (timeSize + 4) + standardFlags
      + utcFlags
  }
}

private struct Block {
  let times: [Int64]
  let offsets: [Int]
  let firstOffset: Int
  let end: Int

  init?(_ bytes: [UInt8], _ header: Header, timeSize: Int) {
    let start = header.offset + 44
    end = start + header.length(timeSize: timeSize)
    guard end <= bytes.count else { return nil }
    let indices = start + header.times * timeSize
    let types = indices + header.times
    var known: [Int] = []
    for type in 0..<header.types {
      let raw = UInt32(
        truncatingIfNeeded: bigEndian(bytes[(types + type * 6)..<(types + type * 6 + 4)]))
      let seconds = Int(Int32(bitPattern: raw))
      guard abs(seconds) < 26 * 3600 else { return nil }
      known.append(seconds)
    }
    var times: [Int64] = []
    var offsets: [Int] = []
    for index in 0..<header.times {
      let raw = bigEndian(bytes[(start + index * timeSize)..<(start + (index + 1) * timeSize)])
      let time =
        timeSize == 8
        ? Int64(bitPattern: raw) : Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: raw)))
      let type = Int(bytes[indices + index])
      guard type < known.count, times.last.map({ $0 < time }) ?? true else { return nil }
      times.append(time)
      offsets.append(known[type])
    }
    self.times = times
    self.offsets = offsets
    firstOffset = known[0]
  }
}

private func bigEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
  bytes.reduce(0) { $0 << 8 | UInt64($1) }
}
