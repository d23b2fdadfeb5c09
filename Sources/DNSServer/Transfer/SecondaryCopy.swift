import DNSModel
import Notation
import SystemIO

/// A secondary's zone on disk: after a restart it is answered from until it expires, also while no
/// primary can be reached (RFC 1034 §4.3.5).
///
/// The file is the transfer as it would come over TCP, so what is read back is what was taken, byte for
/// byte. When the primary was last heard stands beside it, by the wall clock: the only one that goes on
/// while we do not run.
struct SecondaryCopy {
  struct Found {
    let zone: Zone
    /// How long the primary has not been heard.
    let age: TimeSpan
  }

  private let zone: DomainName
  private let path: String
  private var confirmation: String { path + ".confirmed" }

  init(of zone: DomainName, at path: String) {
    self.zone = zone
    self.path = path
  }

  /// First the zone, then when it was heard of: a zone is never older than it says.
  func write(_ zone: Zone) throws(FileError) {
    guard let records = TransferAnswer.whole(zone) else { return }
    let question = Question(zone.origin, .axfr)
    var writer = TransferWriter(
      answering: Message(asking: question, id: 0, edns: nil), question: question,
      records: records, reserve: 0)
    try AtomicFile.replace(path) { write throws(FileError) in
      while let message = writer.next() {
        try write([UInt8(message.count >> 8), UInt8(message.count & 255)] + message)
      }
    }
    try confirm()
  }

  func confirm() throws(FileError) {
    try AtomicFile.replace(confirmation, with: Array("\(SystemClock.wall().seconds)\n".utf8))
  }

  /// Nil where none is kept. A file that is no whole transfer is an error: it says why.
  func read() throws -> Found? {
    guard AtomicFile.exists(path), AtomicFile.exists(confirmation) else { return nil }
    let bytes = try AtomicFile.read(path, limit: 4 << 30)
    let text = String(decoding: try AtomicFile.read(confirmation, limit: 64), as: UTF8.self)
    guard let heard = Int64(text.split(separator: "\n").first ?? "") else {
      throw FileError(confirmation, "does not say when the primary was heard")
    }
    var reception = TransferReception(zone: zone, id: 0, byteLimit: 4 << 30)
    var progress = TransferReception.Progress.more
    var offset = 0
    while progress == .more {
      guard offset + 2 <= bytes.count else { throw FileError(path, "is cut short") }
      let end = offset + 2 + (Int(bytes[offset]) << 8 | Int(bytes[offset + 1]))
      guard end <= bytes.count else { throw FileError(path, "is cut short") }
      progress = try reception.receive(Array(bytes[(offset + 2)..<end]))
      offset = end
    }
    // A clock that was set back makes nothing older than it is.
    let age = max(0, SystemClock.wall().seconds - heard)
    return Found(zone: Zone(origin: zone, records: reception.records), age: .seconds(age))
  }
}
