import Digests

/// One write to the journal: what one group of updates changed, under one checksum, so that it is
/// there whole or not at all. Each frame names the checksum of the one before it: a piece of an older
/// file, or of a write that was given up, does not fit on.
///
/// ```
/// "CUTJ" | payload bytes, 4 | link, 8: the checksum before | checksum, 8 | payload
/// ```
struct JournalFrame: Hashable {
  static let magic = Array("CUTJ".utf8)
  static let headerCount = 24
  /// A frame that claims more is damaged: a group is cut well before.
  static let payloadLimit = 1 << 26
  static let firstLink = [UInt8](repeating: 0, count: 8)

  let link: [UInt8]
  let payload: [UInt8]

  var checksum: [UInt8] {
    Array(HashFunction.sha256.hash(Self.length(of: payload) + link + payload).prefix(8))
  }

  var bytes: [UInt8] { Self.magic + Self.length(of: payload) + link + checksum + payload }

  /// The frame that begins at `offset`; nil when none that is whole and undamaged does.
  init?(in file: [UInt8], at offset: Int) {
    guard file.count - offset >= Self.headerCount,
      Array(file[offset..<(offset + 4)]) == Self.magic
    else { return nil }
    let length = file[(offset + 4)..<(offset + 8)].reduce(0) { $0 << 8 | Int($1) }
    let start = offset + Self.headerCount
    guard length <= Self.payloadLimit, file.count - start >= length else { return nil }
    self.init(
      link: Array(file[(offset + 8)..<(offset + 16)]),
      payload: Array(file[start..<(start + length)]))
    guard Array(file[(offset + 16)..<start]) == checksum else { return nil }
  }

  init(link: [UInt8], payload: [UInt8]) {
    self.link = link
    self.payload = payload
  }

  private static func length(of payload: [UInt8]) -> [UInt8] {
    let count = UInt32(clamping: payload.count)
    return (0..<4).map { UInt8(truncatingIfNeeded: count >> UInt32(24 - 8 * $0)) }
  }
}
