import SystemIO

/// Why the journal does not take or give anything.
public enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
  case file(FileError)
  /// The write failed, and cutting it off failed as well: nothing more is written until that works.
  case unrepaired(FileError)
  /// Something in the middle is damaged, and acknowledged updates stand behind it.
  case damaged(path: String, offset: Int)
  case notAJournal(path: String)
  /// What one group changed is more than can be read back.
  case tooLarge(bytes: Int)

  public var description: String {
    switch self {
    case .file(let failure): failure.description
    case .unrepaired(let failure):
      "\(failure); the journal could not be cut back to its last good state, so no update is taken"
    case .damaged(let path, let offset):
      "\(path): damaged at byte \(offset), with acknowledged updates behind it; nothing was changed; "
        + "restore the file, or remove it to serve the zone file without those updates"
    case .notAJournal(let path): "\(path): is not a journal of ours; nothing was changed"
    case .tooLarge(let bytes):
      "the RRsets that change have \(bytes) bytes, more than the journal's \(JournalFrame.payloadLimit)"
    }
  }
}

/// An append-only log of groups of updates: durable when `append` returns, recovered by `open`.
///
/// A torn last write is cut off: it was never acknowledged. Damage before the end is refused.
struct UpdateJournal {
  let path: String
  private let disk: any JournalDisk
  private var goodLength = 0
  private var link = JournalFrame.firstLink
  /// Set after a failed write until the file has been cut back and synced.
  private var needsRepair = false

  init(path: String, disk: any JournalDisk) {
    self.path = path
    self.disk = disk
  }

  /// How many bytes the log has.
  var length: Int { goodLength }

  /// The payloads in order, and how many bytes of an unfinished write were cut off; nil where there
  /// is no journal yet.
  mutating func open() throws(JournalError) -> (payloads: [[UInt8]], cutOff: Int)? {
    guard let bytes = try attempt({ () throws(FileError) in try disk.read(path) }) else {
      return nil
    }
    var payloads: [[UInt8]] = []
    var offset = 0
    var last = JournalFrame.firstLink
    while let frame = JournalFrame(in: bytes, at: offset), frame.link == last {
      payloads.append(frame.payload)
      last = frame.checksum
      offset += JournalFrame.headerCount + frame.payload.count
    }
    // The first frame is written by an atomic replacement: it cannot be torn.
    guard offset > 0 else { throw .notAJournal(path: path) }
    if Self.hasFrame(bytes, after: offset) {
      throw .damaged(path: path, offset: offset)
    }
    (goodLength, link) = (offset, last)
    if offset < bytes.count {
      needsRepair = true
      try repair()
    }
    return (payloads, bytes.count - offset)
  }

  /// Begins anew with one payload: replaces the file whole.
  mutating func restart(with payload: [UInt8]) throws(JournalError) {
    let frame = JournalFrame(link: JournalFrame.firstLink, payload: payload)
    try attempt { () throws(FileError) in
      try disk.replace(path) { write throws(FileError) in try write(frame.bytes) }
    }
    (goodLength, link, needsRepair) = (frame.bytes.count, frame.checksum, false)
  }

  /// On disk when it returns. When it throws, the payload counts as never written (should the power
  /// fail before the repair, it may still turn up; it was not acknowledged then, nor refused for good).
  mutating func append(_ payload: [UInt8]) throws(JournalError) {
    guard payload.count <= JournalFrame.payloadLimit else { throw .tooLarge(bytes: payload.count) }
    if needsRepair { try repair() }
    let frame = JournalFrame(link: link, payload: payload)
    do {
      try disk.append(frame.bytes, to: path)
      try disk.sync(path)
    } catch {
      needsRepair = true
      try repair()
      throw .file(error)
    }
    goodLength += frame.bytes.count
    link = frame.checksum
  }

  private mutating func repair() throws(JournalError) {
    do {
      try disk.truncate(path, to: goodLength)
      try disk.sync(path)
      needsRepair = false
    } catch {
      throw .unrepaired(error)
    }
  }

  /// Whether a whole frame stands behind the place where the chain broke. Only damage can bring that
  /// about: a frame is begun after the one before it was synced.
  private static func hasFrame(_ bytes: [UInt8], after offset: Int) -> Bool {
    var position = offset
    while position + JournalFrame.headerCount <= bytes.count {
      if bytes[position] == JournalFrame.magic[0], JournalFrame(in: bytes, at: position) != nil {
        return true
      }
      position += 1
    }
    return false
  }

  private func attempt<Result>(
    _ operation: () throws(FileError) -> Result
  ) throws(JournalError) -> Result {
    do { return try operation() } catch { throw .file(error) }
  }
}
