import Notation

/// What a CA sent is not what RFC 8555 promises.
public struct ACMEFormatError: Error, Hashable, Sendable, CustomStringConvertible {
  public let object: String
  public let field: String
  public let reason: String

  public var description: String {
    "the CA's \(object) is malformed: \(safeText(field)) \(reason)"
  }
}

/// Reads the fields of one of RFC 8555's objects, and says which one is amiss.
struct ACMEFieldReader {
  let object: String
  let json: JSON

  init(_ object: String, _ json: JSON) throws(ACMEFormatError) {
    guard json.object != nil else {
      throw ACMEFormatError(object: object, field: "the whole", reason: "is no JSON object")
    }
    self.object = object
    self.json = json
  }

  func fail(_ field: String, _ reason: String) -> ACMEFormatError {
    ACMEFormatError(object: object, field: field, reason: reason)
  }

  func string(_ field: String) throws(ACMEFormatError) -> String {
    guard let value = json[field] else { throw fail(field, "is missing") }
    guard let text = value.string else { throw fail(field, "is no string") }
    return text
  }

  func optionalString(_ field: String) throws(ACMEFormatError) -> String? {
    guard let value = json[field], value != .null else { return nil }
    guard let text = value.string else { throw fail(field, "is no string") }
    return text
  }

  /// The CA's URLs are opaque to us, but nothing else than HTTPS may be asked (RFC 8555 §6.1).
  func url(_ field: String) throws(ACMEFormatError) -> String {
    let text = try string(field)
    guard text.hasPrefix("https://") else { throw fail(field, "is no https URL") }
    return text
  }

  func optionalURL(_ field: String) throws(ACMEFormatError) -> String? {
    json[field] == nil || json[field] == .null ? nil : try url(field)
  }

  func flag(_ field: String) -> Bool { json[field]?.bool ?? false }

  func array(_ field: String) throws(ACMEFormatError) -> [JSON] {
    guard let value = json[field] else { throw fail(field, "is missing") }
    guard let list = value.array else { throw fail(field, "is no list") }
    return list
  }

  func instant(_ field: String) throws(ACMEFormatError) -> UTCInstant? {
    guard let text = try optionalString(field) else { return nil }
    guard let instant = UTCInstant(parsing: text) else { throw fail(field, "is no RFC 3339 time") }
    return instant
  }

  func status<Status: RawRepresentable<String>>(
    _ type: Status.Type
  ) throws(ACMEFormatError) -> Status {
    let text = try string("status")
    guard let status = Status(rawValue: text) else {
      throw fail("status", "is \"\(safeText(text))\"")
    }
    return status
  }

  func problem(_ field: String) throws(ACMEFormatError) -> ACMEProblem? {
    guard let value = json[field], value != .null else { return nil }
    return try ACMEProblem(value)
  }
}
