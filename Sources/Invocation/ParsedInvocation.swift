import Notation

/// What was asked for, after its words were held against the command's declaration.
public struct ParsedInvocation: Sendable {
  public let command: String
  public let operands: [String]
  private let options: [String: [String]]

  init(command: String, operands: [String], options: [String: [String]]) {
    self.command = command
    self.operands = operands
    self.options = options
  }

  public func flag(_ name: String) -> Bool { options[name] != nil }
  public func value(_ name: String) -> String? { options[name]?.last }
  public func values(_ name: String) -> [String] { options[name] ?? [] }
  public var wantsJSON: Bool { flag("json") }
}

/// A command line that cannot be understood: what is wrong, and what was probably meant. Exit 2.
public struct UsageError: Error, Hashable, Sendable {
  public let problems: [String]
  public let command: String?

  public init(_ problem: String, command: String? = nil) {
    self.init([problem], command: command)
  }

  public init(_ problems: [String], command: String? = nil) {
    self.problems = problems
    self.command = command
  }
}

extension CommandSpec {
  /// Reads the words behind the command's name. All problems are told at once.
  public func parse(_ words: [String]) throws(UsageError) -> ParsedInvocation {
    var reader = WordReader(spec: self, words: words)
    reader.readAll()
    if !reader.asksForHelp {
      reader.checkOperandCount()
      for option in options where option.isRequired && reader.values[option.name] == nil {
        reader.problems.append("--\(option.name) \(option.value ?? "") is required")
      }
    }
    guard reader.problems.isEmpty || reader.asksForHelp else {
      throw UsageError(reader.problems, command: name)
    }
    return ParsedInvocation(command: name, operands: reader.operands, options: reader.values)
  }
}

private struct WordReader {
  let spec: CommandSpec
  var rest: ArraySlice<String>
  var operands: [String] = []
  var values: [String: [String]] = [:]
  var problems: [String] = []

  init(spec: CommandSpec, words: [String]) {
    self.spec = spec
    self.rest = words[...]
  }

  var asksForHelp: Bool { values["help"] != nil }

  mutating func readAll() {
    var onlyOperands = false
    while let word = rest.popFirst() {
      if onlyOperands || word == "-" || !word.hasPrefix("-") {
        operands.append(word)
      } else if word == "--" {
        onlyOperands = true
      } else {
        readOption(word)
      }
    }
  }

  private mutating func readOption(_ word: String) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0].drop { $0 == "-" })
    if word == "-h" {
      values["help"] = [""]
      return
    }
    guard word.hasPrefix("--"), let option = spec.options.first(where: { $0.name == name }) else {
      let near = nearestWord(to: name, among: spec.options.map(\.name))
      let hint = near.map { "; did you mean --\($0)?" } ?? ""
      problems.append("unknown option \(safeText(String(parts[0])))\(hint)")
      return
    }
    if option.value == nil {
      if parts.count > 1 { problems.append("--\(name) takes no value") }
      values[name] = [""]
      return
    }
    // A value may begin with a dash only behind `=`: `--listen --zone` is a forgotten value.
    let isNext = parts.count == 1 && rest.first.map { $0 == "-" || !$0.hasPrefix("--") } == true
    guard let value = parts.count > 1 ? String(parts[1]) : isNext ? rest.popFirst() : nil else {
      problems.append("--\(name) needs a value: --\(name) \(option.value ?? "")")
      return
    }
    if values[name] != nil, !option.isRepeatable { problems.append("--\(name) is given twice") }
    values[name, default: []].append(value)
  }

  mutating func checkOperandCount() {
    var least = 0
    var most = 0
    for operand in spec.operands {
      switch operand.count {
      case .one: (least, most) = (least + 1, most + 1)
      case .optional: most += 1
      case .any: most = Int.max / 2
      case .atLeastOne: (least, most) = (least + 1, Int.max / 2)
      }
    }
    if operands.count < least {
      problems.append("\(spec.operands[operands.count].name) is missing")
    } else if operands.count > most {
      problems.append("unexpected \"\(safeText(operands[most]))\"")
    }
  }
}
