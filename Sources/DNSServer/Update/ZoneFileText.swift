import DNSModel
import SystemIO
import ZoneFiles

/// A zone as a zone file, in pieces: what is written when the journal is folded into it.
enum ZoneFileText {
  private static let pieceCount = 1 << 16

  static func write(
    _ zone: Zone, _ write: (_ piece: [UInt8]) throws(FileError) -> Void
  ) throws(FileError) {
    var piece: [UInt8] = []
    do {
      try zone.writeText { text in
        piece += Array(text.utf8)
        guard piece.count > pieceCount else { return }
        try write(piece)
        piece = []
      }
    } catch let error as FileError {
      throw error
    } catch {
      throw FileError(zone.origin.description, "cannot be written: \(error)")
    }
    try write(piece)
  }
}
