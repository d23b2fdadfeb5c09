extension CommandSpec {
  public var usageLine: String {
    var words = ["cutover", name]
    for operand in operands {
      switch operand.count {
      case .one: words.append(operand.name)
      case .optional: words.append("[\(operand.name)]")
      case .any: words.append("[\(operand.name) …]")
      case .atLeastOne: words.append("\(operand.name) …")
      }
    }
    for option in options where option.isRequired {
      words.append("--\(option.name) \(option.value!)")
    }
    words.append("[options]")
    return words.joined(separator: " ")
  }

  public var help: String {
    var text = "\(summary)\n\nUsage: \(usageLine)\n"
    if !operands.isEmpty { text += "\n" + columns(operands.map { ($0.name, $0.summary) }) }
    text += "\nOptions:\n" + columns(options.map { ($0.heading, $0.fullSummary) })
    if let notes { text += "\n\(notes)\n" }
    text += "\nExamples:\n" + examples.map { "  \($0)\n" }.joined()
    return text
  }
}

extension OptionSpec {
  var heading: String { value.map { "--\(name) \($0)" } ?? "--\(name)" }

  var fullSummary: String {
    summary + (isRepeatable ? " (repeatable)" : "") + (isRequired ? " (required)" : "")
  }
}

/// The front page: all commands, grouped as given, and the exit codes.
public func overview(groups: [(title: String, commands: [CommandSpec])]) -> String {
  var text = """
    Cutover moves a hostname behind a global router, without one failed request, and can prove it.

    Usage: cutover COMMAND [options]     cutover COMMAND --help explains each, with examples\n
    """
  for group in groups where !group.commands.isEmpty {
    text += "\n\(group.title)\n" + columns(group.commands.map { ($0.name, $0.summary) })
  }
  text += "\nExit codes\n" + columns(ExitCode.allCases.map { (String($0.rawValue), $0.meaning) })
  return text
}

/// Two columns, the second wrapped at 100 and hanging below itself.
private func columns(_ rows: [(String, String)]) -> String {
  let width = min(28, rows.map(\.0.count).max() ?? 0)
  var text = ""
  for (left, right) in rows {
    var line = "  " + left + String(repeating: " ", count: max(0, width - left.count)) + "  "
    if left.count > width {
      text += "  \(left)\n"
      line = String(repeating: " ", count: width + 4)
    }
    var isFirstWord = true
    for word in right.split(separator: " ") {
      if !isFirstWord, line.count + word.count > 99 {
        text += line + "\n"
        line = String(repeating: " ", count: width + 4)
        isFirstWord = true
      }
      line += (isFirstWord ? "" : " ") + word
      isFirstWord = false
    }
    text += line + "\n"
  }
  return text
}
