/// What SQLite refused, in its own words, with the statement that it refused.
public struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The extended result code (https://sqlite.org/rescode.html).
  public let code: Int32
  public let message: String
  /// The statement's text without its values: values may be long, and are none of a log's business.
  public let statement: String?

  public var description: String {
    let place = statement.map { " in \"\($0.prefix(120))\"" } ?? ""
    return "SQLite \(code): \(message)\(place)"
  }

  /// For people: what it means, and what to do.
  public var inWords: String {
    let what = "\(message) (SQLite \(code))"
    switch primary {
    case 8, 14:
      return "\(what): see that the directory and its files are yours, and not on a read-only disk"
    case 10: return "\(what): the disk fails"
    case 11, 26: return "\(what): the file is damaged; put it back from a backup"
    case 13: return "\(what): make room, and go on"
    default: return description
    }
  }

  /// The low byte is the primary code.
  private var primary: Int32 { code & 0xFF }

  /// The disk said no: full, an I/O error, or the file is not ours to write. Nothing was committed.
  public var isStorageFailure: Bool { [10, 13, 8, 14].contains(primary) }
  /// An I/O error: what was under way may have reached the disk, or not.
  var isUncertain: Bool { primary == 10 }
  /// The file is damaged, or is no database.
  public var isDamage: Bool { [11, 26].contains(primary) }
  /// A uniqueness rule or another constraint held.
  public var isConstraint: Bool { primary == 19 }
}
