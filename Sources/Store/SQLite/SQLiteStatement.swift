import CSQLite

/// A prepared statement. It belongs to its connection and is used on that connection's thread only.
final class SQLiteStatement {
  private let handle: OpaquePointer
  private unowned let connection: SQLiteConnection
  let text: String

  init(_ text: String, on connection: SQLiteConnection) throws(SQLiteError) {
    var handle: OpaquePointer?
    let code = sqlite3_prepare_v3(
      connection.handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
    guard code == SQLITE_OK, let handle else { throw connection.error(code, text) }
    self.handle = handle
    self.connection = connection
    self.text = text
  }

  deinit { sqlite3_finalize(handle) }

  /// Runs a statement that gives no rows; answers how many rows it changed.
  @discardableResult
  func run(_ values: [SQLiteValue]) throws(SQLiteError) -> Int {
    try bind(values)
    defer { sqlite3_reset(handle) }
    let code = sqlite3_step(handle)
    guard code == SQLITE_DONE || code == SQLITE_ROW else { throw connection.error(code, text) }
    return Int(sqlite3_changes(connection.handle))
  }

  /// Every row, read by `read` while the statement stands on it.
  func rows<Row>(
    _ values: [SQLiteValue], _ read: (SQLiteRow) throws(SQLiteError) -> Row
  ) throws(SQLiteError) -> [Row] {
    try bind(values)
    defer { sqlite3_reset(handle) }
    var rows: [Row] = []
    while true {
      let code = sqlite3_step(handle)
      if code == SQLITE_DONE { return rows }
      guard code == SQLITE_ROW else { throw connection.error(code, text) }
      rows.append(try read(SQLiteRow(handle: handle)))
    }
  }

  private func bind(_ values: [SQLiteValue]) throws(SQLiteError) {
    sqlite3_clear_bindings(handle)
    // SQLITE_TRANSIENT: SQLite copies, so that nothing of ours must outlive the call.
    let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    for (offset, value) in values.enumerated() {
      let index = Int32(offset + 1)
      let code: Int32
      switch value {
      case .null: code = sqlite3_bind_null(handle, index)
      case .integer(let value): code = sqlite3_bind_int64(handle, index, value)
      case .text(var value):
        code = value.withUTF8 { bytes in
          bytes.withMemoryRebound(to: CChar.self) { characters in
            // An empty string may have no address, and SQLite reads a nil address as NULL.
            characters.baseAddress == nil
              ? sqlite3_bind_text(handle, index, "", 0, copies)
              : sqlite3_bind_text(handle, index, characters.baseAddress, Int32(bytes.count), copies)
          }
        }
      case .blob(let bytes):
        code =
          bytes.isEmpty
          ? sqlite3_bind_zeroblob(handle, index, 0)
          : sqlite3_bind_blob(handle, index, bytes, Int32(bytes.count), copies)
      }
      guard code == SQLITE_OK else { throw connection.error(code, text) }
    }
  }
}

/// The row a statement stands on. What is not of the asked kind reads as nil or empty, never traps:
/// a file on disk is input.
struct SQLiteRow {
  fileprivate let handle: OpaquePointer

  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  func optionalInteger(_ column: Int32) -> Int64? {
    sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : integer(column)
  }

  func text(_ column: Int32) -> String {
    guard let start = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  func optionalText(_ column: Int32) -> String? {
    sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : text(column)
  }

  func blob(_ column: Int32) -> [UInt8] {
    guard let start = sqlite3_column_blob(handle, column) else { return [] }
    return [UInt8](
      UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }
}
