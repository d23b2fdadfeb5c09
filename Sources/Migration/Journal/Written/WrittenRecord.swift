import DNSModel
import Notation

/// Something that is written in journals, and read again by every later version (R24): explicit field
/// names, no order that matters, nothing that depends on how a type happens to be declared.
///
/// A field may be added with a default for records that lack it; a name never changes its meaning.
public protocol WrittenRecord {
  var json: JSON { get }
  init(json: JSON) throws(WrittenRecordError)
}

/// Why a record cannot be read: it is damaged, or was written by a version that knew more.
public struct WrittenRecordError: Error, Hashable, Sendable, CustomStringConvertible {
  /// From the outside in: `kind.effect.action`.
  public var path: [String]
  public var reason: String

  public var description: String {
    path.isEmpty ? reason : "\(path.joined(separator: ".")): \(reason)"
  }

  public init(_ reason: String, at path: [String] = []) {
    self.reason = reason
    self.path = path
  }

  func inside(_ field: String) -> WrittenRecordError {
    WrittenRecordError(reason, at: [field] + path)
  }
}

/// The members of one object, each asked for by name.
struct WrittenFields {
  private let json: JSON

  init(_ json: JSON) throws(WrittenRecordError) {
    guard case .object = json else { throw WrittenRecordError("an object is wanted") }
    self.json = json
  }

  func has(_ name: String) -> Bool { json[name] != nil && json[name] != .null }

  func json(_ name: String) throws(WrittenRecordError) -> JSON {
    guard let value = json[name] else { throw WrittenRecordError("is missing", at: [name]) }
    return value
  }

  func text(_ name: String) throws(WrittenRecordError) -> String {
    guard let text = try json(name).string else {
      throw WrittenRecordError("a string is wanted", at: [name])
    }
    return text
  }

  func integer(_ name: String) throws(WrittenRecordError) -> Int64 {
    guard let number = try json(name).integer else {
      throw WrittenRecordError("an integer is wanted", at: [name])
    }
    return number
  }

  func exact<Number: FixedWidthInteger>(
    _ name: String, _ type: Number.Type = Number.self
  ) throws(WrittenRecordError) -> Number {
    guard let number = Number(exactly: try integer(name)) else {
      throw WrittenRecordError("the number is out of range", at: [name])
    }
    return number
  }

  /// 64 bits without a sign do not fit JSON's integers here: written as hex.
  func bits(_ name: String) throws(WrittenRecordError) -> UInt64 {
    guard let bits = UInt64(try text(name), radix: 16) else {
      throw WrittenRecordError("hex digits are wanted", at: [name])
    }
    return bits
  }

  func flag(_ name: String) throws(WrittenRecordError) -> Bool {
    guard let flag = try json(name).bool else {
      throw WrittenRecordError("true or false is wanted", at: [name])
    }
    return flag
  }

  func instant(_ name: String) throws(WrittenRecordError) -> UTCInstant {
    UTCInstant(milliseconds: try integer(name))
  }

  func span(_ name: String) throws(WrittenRecordError) -> TimeSpan {
    TimeSpan(milliseconds: try integer(name))
  }

  func ttl(_ name: String) throws(WrittenRecordError) -> TTL {
    guard let ttl = TTL(try integer(name)) else {
      throw WrittenRecordError("no TTL", at: [name])
    }
    return ttl
  }

  func name(_ name: String) throws(WrittenRecordError) -> DomainName {
    do {
      return try DomainName(parsing: try text(name))
    } catch let error as WrittenRecordError {
      throw error
    } catch {
      throw WrittenRecordError("\(error)", at: [name])
    }
  }

  /// A word of a closed list; another one is of a later version.
  func word<Value>(
    _ name: String, _ read: (String) -> Value?
  ) throws(WrittenRecordError) -> Value {
    let text = try text(name)
    guard let value = read(text) else {
      throw WrittenRecordError("\"\(safeText(text))\" is not known here", at: [name])
    }
    return value
  }

  func record<Record: WrittenRecord>(
    _ name: String, _ type: Record.Type = Record.self
  ) throws(WrittenRecordError) -> Record {
    let json = try json(name)
    do {
      return try Record(json: json)
    } catch {
      throw error.inside(name)
    }
  }

  func records<Record: WrittenRecord>(
    _ name: String, _ type: Record.Type = Record.self
  ) throws(WrittenRecordError) -> [Record] {
    try list(name) { json throws(WrittenRecordError) in try Record(json: json) }
  }

  func list<Value>(
    _ name: String, _ read: (JSON) throws(WrittenRecordError) -> Value
  ) throws(WrittenRecordError) -> [Value] {
    guard let items = try json(name).array else {
      throw WrittenRecordError("a list is wanted", at: [name])
    }
    var values: [Value] = []
    for (index, item) in items.enumerated() {
      do {
        values.append(try read(item))
      } catch {
        throw error.inside("\(name)[\(index)]")
      }
    }
    return values
  }

  func texts(_ name: String) throws(WrittenRecordError) -> [String] {
    try list(name) { json throws(WrittenRecordError) in
      guard let text = json.string else { throw WrittenRecordError("a string is wanted") }
      return text
    }
  }

  /// `read` where the field is there, nil where it is not.
  func optional<Value>(
    _ name: String, _ read: (String) throws(WrittenRecordError) -> Value
  ) throws(WrittenRecordError) -> Value? {
    has(name) ? try read(name) : nil
  }
}

extension JSON {
  static func instant(_ value: UTCInstant) -> JSON { .integer(value.milliseconds) }
  static func span(_ value: TimeSpan) -> JSON { .integer(value.milliseconds) }
  static func ttl(_ value: TTL) -> JSON { .integer(Int64(value.seconds)) }
  static func bits(_ value: UInt64) -> JSON { .string(String(value, radix: 16)) }
}
