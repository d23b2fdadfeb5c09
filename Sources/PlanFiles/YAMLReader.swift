import CYAML
import Notation

/// One document of YAML as nodes, or why it is none.
///
/// libyaml gives events with their places; everything that could make a small file large is bounded
/// here: depth, the number of nodes after aliases were put in place, and the size of the text.
struct YAMLReader {
  static let byteLimit = 1 << 20
  static let depthLimit = 32
  static let nodeLimit = 20_000

  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private var anchors: [String: (node: YAMLNode, size: Int)] = [:]
  private var nodeCount = 0

  private init(parser: UnsafeMutablePointer<yaml_parser_t>) { self.parser = parser }

  static func read(_ bytes: [UInt8]) throws(PlanProblem) -> YAMLNode {
    guard bytes.count <= byteLimit else {
      throw PlanProblem(
        "yaml.too-large", TextPlace(line: 1, column: 1),
        "the file has \(bytes.count) bytes; \(byteLimit) is the limit for a plan")
    }
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { parser.deallocate() }
    guard yaml_parser_initialize(parser) == 1 else {
      throw PlanProblem("yaml.syntax", TextPlace(line: 1, column: 1), "no memory to read it")
    }
    defer { yaml_parser_delete(parser) }
    // The parser keeps the address: it must stay valid for as long as the parser is used.
    let input = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count + 1)
    defer { input.deallocate() }
    input.update(from: bytes, count: bytes.count)
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, input, bytes.count)
    var reader = YAMLReader(parser: parser)
    return try reader.document()
  }

  private mutating func document() throws(PlanProblem) -> YAMLNode {
    var root: YAMLNode?
    while true {
      var event = try next()
      defer { yaml_event_delete(&event) }
      switch event.type {
      case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT: continue
      case YAML_DOCUMENT_START_EVENT:
        guard root == nil else {
          throw PlanProblem(
            "yaml.several-documents", place(event.start_mark),
            "a second document begins here (\"---\"); a file holds one plan")
        }
        var first = try next()
        defer { yaml_event_delete(&first) }
        root = try node(&first, depth: 0).node
      case YAML_STREAM_END_EVENT:
        guard let root, !root.isNothing else {
          throw PlanProblem(
            "yaml.empty", TextPlace(line: 1, column: 1),
            "the file holds no plan; Plans/template.yaml is one to begin with")
        }
        return root
      default:
        throw PlanProblem("yaml.syntax", place(event.start_mark), "this cannot stand here")
      }
    }
  }

  private func place(_ mark: yaml_mark_t) -> TextPlace {
    TextPlace(line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
  }

  private func next() throws(PlanProblem) -> yaml_event_t {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxProblem() }
    return event
  }

  private func syntaxProblem() -> PlanProblem {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? "cannot be read"
    let begun = " (begun in line \(parser.pointee.context_mark.line + 1))"
    let context = parser.pointee.context.map { "\(String(cString: $0))\(begun): " } ?? ""
    if parser.pointee.error == YAML_READER_ERROR {
      // The reader knows no lines, only how many bytes it had come to.
      return PlanProblem(
        "yaml.encoding", place(parser.pointee.mark),
        "the file is no UTF-8 text without control characters (\(problem), "
          + "at byte \(parser.pointee.problem_offset))")
    }
    let hint =
      problem.contains("cannot start any token")
      ? "; indent with blanks, not tabs, and put a text that begins with @ or ` in quotes" : ""
    return PlanProblem(
      "yaml.syntax", place(parser.pointee.problem_mark), "not YAML: \(context)\(problem)\(hint)")
  }

  /// The value that `event` begins, and how many nodes it stands for.
  private mutating func node(
    _ event: inout yaml_event_t, depth: Int
  ) throws(PlanProblem) -> (node: YAMLNode, size: Int) {
    let start = place(event.start_mark)
    guard depth <= Self.depthLimit else {
      throw PlanProblem("yaml.too-deep", start, "nested deeper than \(Self.depthLimit) levels")
    }
    try count(1, at: start)
    switch event.type {
    case YAML_ALIAS_EVENT: return try alias(event, at: start)
    case YAML_SCALAR_EVENT:
      let data = event.data.scalar
      let bytes = UnsafeBufferPointer(start: data.value, count: data.length)
      let text = String(decoding: bytes, as: UTF8.self)
      let forced = try textTag(data.tag, at: start)
      let isPlain = data.style == YAML_PLAIN_SCALAR_STYLE && !forced
      let result = YAMLNode(content: .scalar(text, isPlain: isPlain), place: start)
      remember(result, 1, as: data.anchor)
      return (result, 1)
    case YAML_SEQUENCE_START_EVENT:
      let anchor = event.data.sequence_start.anchor.map(Self.text)
      _ = try textTag(event.data.sequence_start.tag, at: start)
      let (items, size) = try sequence(depth: depth)
      let result = YAMLNode(content: .sequence(items), place: start)
      if let anchor { anchors[anchor] = (result, size + 1) }
      return (result, size + 1)
    case YAML_MAPPING_START_EVENT:
      let anchor = event.data.mapping_start.anchor.map(Self.text)
      _ = try textTag(event.data.mapping_start.tag, at: start)
      let (entries, size) = try mapping(depth: depth)
      let result = YAMLNode(content: .mapping(entries), place: start)
      if let anchor { anchors[anchor] = (result, size + 1) }
      return (result, size + 1)
    default: throw PlanProblem("yaml.syntax", start, "a value is missing here")
    }
  }

  private mutating func count(_ nodes: Int, at place: TextPlace) throws(PlanProblem) {
    nodeCount += nodes
    guard nodeCount <= Self.nodeLimit else {
      throw PlanProblem(
        "yaml.too-many-values", place,
        "with its aliases put in place the plan has more than \(Self.nodeLimit) values")
    }
  }

  private mutating func alias(
    _ event: yaml_event_t, at start: TextPlace
  ) throws(PlanProblem) -> (node: YAMLNode, size: Int) {
    let name = Self.text(event.data.alias.anchor)
    guard let known = anchors[name] else {
      let near = nearestWord(to: name, among: anchors.keys.sorted())
      throw PlanProblem(
        "yaml.unknown-alias", start,
        "*\(safeText(name)) names no anchor (&\(safeText(name))) that stands above it"
          + (near.map { "; did you mean *\(safeText($0))?" } ?? ""))
    }
    try count(known.size, at: start)
    // Its own place, so that what is wrong with it is told where it was used.
    return (YAMLNode(content: known.node.content, place: start), known.size)
  }

  private mutating func remember(
    _ node: YAMLNode, _ size: Int, as anchor: UnsafeMutablePointer<yaml_char_t>?
  ) {
    if let anchor { anchors[Self.text(anchor)] = (node, size) }
  }

  private mutating func sequence(
    depth: Int
  ) throws(PlanProblem) -> (items: [YAMLNode], size: Int) {
    var items: [YAMLNode] = []
    var size = 0
    while true {
      var event = try next()
      defer { yaml_event_delete(&event) }
      if event.type == YAML_SEQUENCE_END_EVENT { return (items, size) }
      let item = try node(&event, depth: depth + 1)
      items.append(item.node)
      size += item.size
    }
  }

  private mutating func mapping(
    depth: Int
  ) throws(PlanProblem) -> (entries: [YAMLNode.Entry], size: Int) {
    var entries: [YAMLNode.Entry] = []
    var seen: [String: TextPlace] = [:]
    var size = 0
    while true {
      var event = try next()
      defer { yaml_event_delete(&event) }
      if event.type == YAML_MAPPING_END_EVENT { return (entries, size) }
      let key = try node(&event, depth: depth + 1)
      guard case .scalar(let text, _) = key.node.content else {
        throw PlanProblem(
          "yaml.key-not-text", key.node.place,
          "a key is a word, and here stands \(key.node.kindText)")
      }
      if text == "<<" {
        throw PlanProblem(
          "yaml.merge-key", key.node.place,
          "merged keys (<<) would hide what is signed; write them out, or use an alias as a value")
      }
      if let first = seen[text] {
        throw PlanProblem(
          "yaml.duplicate-key", key.node.place,
          "the key \"\(safeText(text))\" stands twice in one group; the first is in line "
            + "\(first.line)")
      }
      seen[text] = key.node.place
      var valueEvent = try next()
      defer { yaml_event_delete(&valueEvent) }
      let value = try node(&valueEvent, depth: depth + 1)
      entries.append(YAMLNode.Entry(key: text, keyPlace: key.node.place, value: value.node))
      size += key.size + value.size
    }
  }

  /// Whether a tag makes a scalar text. Only the tags of plain JSON types are known.
  private func textTag(
    _ tag: UnsafeMutablePointer<yaml_char_t>?, at place: TextPlace
  ) throws(PlanProblem) -> Bool {
    guard let tag else { return false }
    let text = Self.text(tag)
    let family = "tag:yaml.org,2002:"
    guard text == "!" || text.hasPrefix(family) else {
      throw PlanProblem("yaml.tag", place, "the tag \(safeText(text)) means nothing in a plan")
    }
    return text == "!" || text == family + "str"
  }

  private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>) -> String {
    String(cString: UnsafePointer(pointer))
  }

  private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String {
    pointer.map { text($0) } ?? ""
  }
}
