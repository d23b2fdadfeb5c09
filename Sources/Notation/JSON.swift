/// A JSON text as a value. Objects keep the order they were written in, so the same value always
/// gives the same bytes: digests, golden files and `--json` depend on it.
///
/// Numbers are exact: integers as such, anything with a point or an exponent as its own text. No
/// floating point enters the core through here.
public enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case decimal(String)
  case string(String)
  case array([JSON])
  case object(JSONObject)
}

/// The members of an object, in order, each key once (the last writer wins, in the first place).
public struct JSONObject: Hashable, Sendable {
  public private(set) var members: [JSONMember] = []

  public init(_ members: [(String, JSON)] = []) {
    for (key, value) in members { self[key] = value }
  }

  public subscript(key: String) -> JSON? {
    get { members.first { $0.key == key }?.value }
    set {
      let index = members.firstIndex { $0.key == key }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(JSONMember(key: key, value: value))
      case (nil, nil): break
      }
    }
  }

  /// Takes over members whose keys are known to differ, without a look-up for each.
  mutating func adopt(_ members: [JSONMember]) { self.members = members }

  public var isEmpty: Bool { members.isEmpty }
  public var keys: [String] { members.map(\.key) }
}

public struct JSONMember: Hashable, Sendable {
  public let key: String
  public var value: JSON

  public init(key: String, value: JSON) {
    self.key = key
    self.value = value
  }
}

extension JSON {
  /// An object from pairs, leaving out those whose value is nil: `JSON.record([("ttl", ttl), …])`.
  public static func record(_ members: [(String, JSON?)]) -> JSON {
    var object = JSONObject()
    for (key, value) in members {
      if let value { object[key] = value }
    }
    return .object(object)
  }

  public static func strings(_ values: [String]) -> JSON { .array(values.map { .string($0) }) }

  public static func integer(_ value: Int) -> JSON { .integer(Int64(value)) }

  public subscript(key: String) -> JSON? {
    guard case .object(let object) = self else { return nil }
    return object[key]
  }

  public var string: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }

  public var integer: Int64? {
    guard case .integer(let value) = self else { return nil }
    return value
  }

  public var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  public var array: [JSON]? {
    guard case .array(let value) = self else { return nil }
    return value
  }

  public var object: JSONObject? {
    guard case .object(let value) = self else { return nil }
    return value
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(elements))
  }
}
