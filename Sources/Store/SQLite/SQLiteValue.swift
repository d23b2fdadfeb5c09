/// A value as SQLite's STRICT tables know it. Floating point is left out on purpose: no column has it.
enum SQLiteValue: Hashable, Sendable {
  case null
  case integer(Int64)
  case text(String)
  case blob([UInt8])

  static func optional(_ value: Int64?) -> SQLiteValue { value.map { .integer($0) } ?? .null }
  static func optional(_ value: String?) -> SQLiteValue { value.map { .text($0) } ?? .null }
  static func integer(_ value: Int) -> SQLiteValue { .integer(Int64(value)) }
}

extension SQLiteValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  init(stringLiteral value: String) { self = .text(value) }
  init(integerLiteral value: Int64) { self = .integer(value) }
}
