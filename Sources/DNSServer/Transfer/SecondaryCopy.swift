import DNSModel
import Notation
import SystemIO

/// A secondary's zone on disk: after a restart it is answered from until it expires, also while no
/// primary can be reached (RFC 1034 §4.3.5).
///
/// The file is the transfer as it would come over TCP, so what is read back is what was taken, byte for
/// byte. When the primary was last heard stands beside it, by the wall clock: the only one that goes on
/// while we do not run.
struct SecondaryCopy: Sendable {
  struct Found {
    let zone: Zone
    /// How long the primary has not been heard.
    let age: TimeSpan
  }

  let zone: DomainName
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
      while let message = try Self.next(&writer, path) {
        try write([UInt8(message.count >> 8), UInt8(message.count & 255)] + message)
      }
    }
    try confirm()
  }

  private static func next(
    _ writer: inout TransferWriter, _ path: String
  ) throws(FileError) -> [UInt8]? {
    do throws(TransferCutShort) { return try writer.next() } catch {
      throw FileError(path, error.description)
    }
  }

  func confirm() throws(FileError) {
    try AtomicFile.replace(confirmation, with: Array("\(SystemClock.wall().seconds)\n".utf8))
  }

  /// Nil where none is kept. A file that is no whole transfer is an error: it says why.
  func read() throws -> Found? {
    guard AtomicFile.exists(path), AtomicFile.exists(confirmation) else { return nil }
    let text = String(decoding: try AtomicFile.read(confirmation, limit: 64), as: UTF8.self)
    guard let heard = Int64(text.split(separator: "\n").first ?? "") else {
      throw FileError(confirmation, "does not say when the primary was heard")
    }
    var reception = TransferReception(zone: zone, id: 0, byteLimit: 4 << 30)
    let stream = try ByteStream(path, regularOnly: true)
    var pending: [UInt8] = []
    /// So many bytes, and no more of the file in memory than that and one piece.
    func take(_ count: Int) throws(FileError) -> [UInt8] {
      while pending.count < count {
        let piece = try stream.read(1 << 16)
        guard !piece.isEmpty else { throw FileError(path, "is cut short") }
        pending += piece
      }
      defer { pending.removeFirst(count) }
      return Array(pending.prefix(count))
    }
    var progress = TransferReception.Progress.more
    while progress == .more {
      let length = try take(2)
      progress = try reception.receive(try take(Int(length[0]) << 8 | Int(length[1])))
    }
    // A clock that was set back makes nothing older than it is.
    let age = max(0, SystemClock.wall().seconds - heard)
    return Found(zone: reception.zone, age: .seconds(age))
  }
}
