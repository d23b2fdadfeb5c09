extension JSON {
  /// One line, no spaces: the form that is hashed, journaled and sent.
  public var compact: String {
    var writer = JSONWriter(indent: nil)
    writer.write(self, depth: 0)
    return writer.text
  }

  /// Two spaces per level: the form that people read.
  public var pretty: String {
    var writer = JSONWriter(indent: "  ")
    writer.write(self, depth: 0)
    return writer.text
  }
}

private struct JSONWriter {
  let indent: String?
  var text = ""

  mutating func write(_ value: JSON, depth: Int) {
    switch value {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .decimal(let value): text += value
    case .string(let value): writeString(value)
    case .array(let values):
      writeItems(values.count, open: "[", close: "]", depth: depth) { writer, index in
        writer.write(values[index], depth: depth + 1)
      }
    case .object(let object):
      let members = object.members
      writeItems(members.count, open: "{", close: "}", depth: depth) { writer, index in
        writer.writeString(members[index].key)
        writer.text += writer.indent == nil ? ":" : ": "
        writer.write(members[index].value, depth: depth + 1)
      }
    }
  }

  private mutating func writeItems(
    _ count: Int, open: String, close: String, depth: Int, item: (inout JSONWriter, Int) -> Void
  ) {
    text += open
    for index in 0..<count {
      if index > 0 { text += "," }
      newline(depth: depth + 1)
      item(&self, index)
    }
    if count > 0 { newline(depth: depth) }
    text += close
  }

  private mutating func newline(depth: Int) {
    guard let indent else { return }
    text += "\n"
    for _ in 0..<depth { text += indent }
  }

  /// Escapes what RFC 8259 §7 demands, and further every control character of Unicode's C1 block and
  /// the line separators, so that hostile text cannot steer a terminal that shows the JSON.
  private mutating func writeString(_ value: String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar.value {
      case 0x22: text += "\\\""
      case 0x5C: text += "\\\\"
      case 0x0A: text += "\\n"
      case 0x0D: text += "\\r"
      case 0x09: text += "\\t"
      case 0..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
