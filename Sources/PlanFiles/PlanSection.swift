import DNSModel
import Migration
import Notation

/// Every problem found so far, and the paths that have no trustworthy value because of one.
final class ProblemLog {
  private(set) var problems: [PlanProblem] = []
  private(set) var brokenPaths: [String] = []

  func note(
    _ id: String, _ place: TextPlace, _ path: String, _ message: String, remedy: String = ""
  ) {
    problems.append(PlanProblem(id, place, path: path, message, remedy: remedy))
    brokenPaths.append(path)
  }

  func distrust(_ path: String) { brokenPaths.append(path) }
}

/// One group of keys being read. Keys that nobody asked for are misspelt or unknown: `finish` says so.
final class PlanSection {
  let log: ProblemLog
  let path: String
  let place: TextPlace
  private let entries: [YAMLNode.Entry]
  private var asked: [String] = []

  /// Nil entries: the group is not written at all, and everything in it has its default.
  init(_ node: YAMLNode?, place: TextPlace, path: String, log: ProblemLog) {
    self.log = log
    self.path = path
    self.place = place
    guard let node else {
      entries = []
      return
    }
    guard case .mapping(let entries) = node.content else {
      self.entries = []
      log.note(
        "value.type", node.place, path,
        "\(Self.called(path)) is a group of keys, and here stands \(node.kindText)")
      return
    }
    self.entries = entries
  }

  private static func called(_ path: String) -> String {
    path.isEmpty ? "a plan" : "\"\(path)\""
  }

  func full(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

  /// Marks keys as known that only make sense with another choice than the one that was made.
  func know(_ keys: [String]) { asked += keys }

  private func entry(_ key: String) -> YAMLNode.Entry? {
    asked.append(key)
    guard let entry = entries.first(where: { $0.key == key }) else { return nil }
    guard !entry.value.isNothing else {
      log.note(
        "value.missing", entry.keyPlace, full(key),
        "\"\(key)\" has nothing behind it", remedy: "give it a value or leave the key out")
      return nil
    }
    return entry
  }

  func node(_ key: String) -> YAMLNode? { entry(key)?.value }

  func section(_ key: String) -> PlanSection {
    let found = entry(key)
    return PlanSection(
      found?.value, place: found?.keyPlace ?? place, path: full(key), log: log)
  }

  /// A group that may be left out as a whole.
  func optionalSection(_ key: String) -> PlanSection? {
    has(key) ? section(key) : nil
  }

  /// The groups of a list.
  func sections(_ key: String) -> [PlanSection] {
    items(key).enumerated().map { index, node in
      PlanSection(node, place: node.place, path: "\(full(key))[\(index)]", log: log)
    }
  }

  func items(_ key: String) -> [YAMLNode] {
    guard let node = node(key) else { return [] }
    guard case .sequence(let items) = node.content else {
      wrongType(key, node, "a list")
      return []
    }
    return items
  }

  func missing(_ key: String, _ explanation: String) {
    asked.append(key)
    // Nothing behind the key has been told already.
    guard !has(key) else { return }
    log.note(
      "plan.missing-key", place, full(key),
      "\(path.isEmpty ? "the plan" : "\"\(path)\"") has no \"\(key)\": \(explanation)")
  }

  func wrongType(_ key: String, _ node: YAMLNode, _ expected: String) {
    log.note(
      "value.type", node.place, full(key),
      "\"\(full(key))\" is \(expected), and here stands \(node.kindText)")
  }

  func bad(_ id: String, _ key: String, _ message: String, remedy: String = "") {
    let place = entries.first { $0.key == key }?.value.place ?? self.place
    log.note(id, place, full(key), message, remedy: remedy)
  }

  /// The text of a scalar; anything else is told as a wrong type.
  func scalar(_ key: String, _ expected: String) -> (text: String, isPlain: Bool)? {
    guard let node = node(key) else { return nil }
    guard case .scalar(let text, let isPlain) = node.content else {
      wrongType(key, node, expected)
      return nil
    }
    return (text, isPlain)
  }

  func finish() {
    var known: [String] = []
    for key in asked where !known.contains(key) { known.append(key) }
    for entry in entries where !known.contains(entry.key) {
      let near = nearestWord(to: entry.key, among: known)
      if let near { log.distrust(full(near)) }
      log.note(
        "plan.unknown-key", entry.keyPlace, full(entry.key),
        "\(path.isEmpty ? "a plan" : "\"\(path)\"") has no key \"\(safeText(entry.key))\"",
        remedy: near.map { "did you mean \"\($0)\"?" }
          ?? "known here: \(known.sorted().joined(separator: ", "))")
    }
  }
}
