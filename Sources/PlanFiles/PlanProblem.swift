import Notation

/// One reason why a plan cannot be used: what is wrong, where, and what to do about it.
public struct PlanProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// Stable: scripts and the folder of refused plans name faults by it.
  public let id: String
  public let place: TextPlace
  /// `router.regions[1].share`; empty where the text is no plan at all.
  public let path: String
  public let message: String
  /// What would make it right; empty when the message says so.
  public let remedy: String

  public init(
    _ id: String, _ place: TextPlace, path: String = "", _ message: String, remedy: String = ""
  ) {
    self.id = id
    self.place = place
    self.path = path
    self.message = message
    self.remedy = remedy
  }

  public var description: String {
    "\(place): \(message)" + (remedy.isEmpty ? "" : ": \(remedy)") + " [\(id)]"
  }

  public func json(file: String) -> JSON {
    .record([
      ("id", .string(id)), ("file", .string(file)), ("line", .integer(place.line)),
      ("column", .integer(place.column)), ("path", path.isEmpty ? nil : .string(path)),
      ("message", .string(message)), ("remedy", remedy.isEmpty ? nil : .string(remedy)),
    ])
  }
}
