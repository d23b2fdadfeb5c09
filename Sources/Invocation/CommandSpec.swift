/// What one command accepts, declared once: parsing, help, usage errors and the README's table all
/// come from here.
public struct CommandSpec: Sendable {
  /// One word, or two for a command of a family: `zone check`.
  public let name: String
  public let summary: String
  public let operands: [OperandSpec]
  public let options: [OptionSpec]
  /// Whole command lines that work.
  public let examples: [String]
  /// Longer text for `--help`, where the options alone do not explain it.
  public let notes: String?

  public init(
    name: String, summary: String, operands: [OperandSpec] = [], options: [OptionSpec] = [],
    examples: [String], notes: String? = nil
  ) {
    self.name = name
    self.summary = summary
    self.operands = operands
    self.options = options + OptionSpec.everywhere
    self.examples = examples
    self.notes = notes
  }
}

public struct OperandSpec: Sendable {
  public enum Count: Sendable { case one, optional, any, atLeastOne }
  public let name: String
  public let count: Count
  public let summary: String

  public init(_ name: String, _ count: Count = .one, _ summary: String) {
    self.name = name
    self.count = count
    self.summary = summary
  }
}

public struct OptionSpec: Sendable {
  /// Without the dashes.
  public let name: String
  /// What its value is called in help; nil for a switch.
  public let value: String?
  public let isRepeatable: Bool
  public let isRequired: Bool
  public let summary: String

  private init(_ name: String, value: String?, repeatable: Bool, required: Bool, _ summary: String)
  {
    self.name = name
    self.value = value
    self.isRepeatable = repeatable
    self.isRequired = required
    self.summary = summary
  }

  /// `--watch`
  public static func flag(_ name: String, _ summary: String) -> OptionSpec {
    OptionSpec(name, value: nil, repeatable: false, required: false, summary)
  }

  /// `--at TIME`
  public static func value(
    _ name: String, _ value: String, required: Bool = false, _ summary: String
  ) -> OptionSpec {
    OptionSpec(name, value: value, repeatable: false, required: required, summary)
  }

  /// `--zone ORIGIN=FILE`, any number of times.
  public static func list(
    _ name: String, _ value: String, required: Bool = false, _ summary: String
  ) -> OptionSpec {
    OptionSpec(name, value: value, repeatable: true, required: required, summary)
  }

  /// Understood by every command.
  public static let everywhere: [OptionSpec] = [
    .flag("json", "print the result as JSON"),
    .value("state", "DIR", "where migrations are kept (default: ~/.cutover)"),
    .flag("no-color", "no colours, even on a terminal"),
    .flag("help", "show this help"),
  ]
}
