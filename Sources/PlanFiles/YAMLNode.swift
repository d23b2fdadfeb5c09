/// A place in a plan file; both count from 1, columns in characters.
public struct TextPlace: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let line: Int
  public let column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  public static func < (left: TextPlace, right: TextPlace) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }

  public var description: String { "\(line):\(column)" }
}

/// A YAML value with its place. Scalars stay text: what they mean is for the field that reads them,
/// so that `no` is a country where a country is asked for, and `22:00` is never a number.
struct YAMLNode: Sendable {
  enum Content: Sendable {
    /// Plain scalars stand without quotes; only they can be numbers, yes or no, or nothing.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    case mapping([Entry])
  }

  struct Entry: Sendable {
    let key: String
    let keyPlace: TextPlace
    let value: YAMLNode
  }

  let content: Content
  let place: TextPlace

  var isNothing: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// What a reader would call it.
  var kindText: String {
    switch content {
    case .scalar(let text, let isPlain):
      if isNothing { return "nothing" }
      if !isPlain { return "a text in quotes" }
      if Self.isNumber(text) { return "a number" }
      return Self.flag(text) == nil ? "a text" : "yes or no"
    case .sequence: return "a list"
    case .mapping: return "a group of keys"
    }
  }

  static func flag(_ text: String) -> Bool? {
    switch text {
    case "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": true
    case "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": false
    default: nil
    }
  }

  static func isNumber(_ text: String) -> Bool {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    return !digits.isEmpty
      && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  /// The place of `router.regions[2].share`; where that is not written, the key of the nearest group
  /// that is.
  func place(of path: String) -> TextPlace {
    var node = self
    var best = place
    for part in Self.parts(of: path) {
      switch (node.content, part) {
      case (.mapping(let entries), .key(let key)):
        guard let entry = entries.first(where: { $0.key == key }) else { return best }
        best = entry.keyPlace
        node = entry.value
      case (.sequence(let items), .index(let index)):
        guard index < items.count else { return best }
        best = items[index].place
        node = items[index]
      default: return best
      }
    }
    // What was asked for is there: its value is what is wrong; of a group, its key says more.
    if case .scalar = node.content, !node.isNothing { return node.place }
    return best
  }

  private enum Part {
    case key(String)
    case index(Int)
  }

  private static func parts(of path: String) -> [Part] {
    var parts: [Part] = []
    for piece in path.split(separator: ".") {
      let pieces = piece.split(separator: "[")
      if let key = pieces.first, !piece.hasPrefix("[") { parts.append(.key(String(key))) }
      for index in pieces.dropFirst() {
        if let number = Int(index.dropLast()) { parts.append(.index(number)) }
      }
    }
    return parts
  }
}
