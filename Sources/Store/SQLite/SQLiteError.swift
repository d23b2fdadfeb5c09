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
