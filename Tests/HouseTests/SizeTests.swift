import Foundation
import Testing

@Suite struct SizeTests {
  @Test func filesStayUnderFiveHundredLines() {
    for file in Repository.sources + Repository.tests where file.lines.count > 500 {
      Issue.record("\(file.path) has \(file.lines.count) lines: give each of its ideas a file")
    }
  }

  @Test func functionsStayUnderSeventyLines() {
    for file in Repository.sources + Repository.tests {
      for function in file.functions where function.lineCount > 70 {
        Issue.record(
          "\(file.path):\(function.line): \(function.name) has \(function.lineCount) lines; name its parts"
        )
      }
    }
  }

  @Test func linesAreReadable() {
    // Golden texts in tests may be longer: to break them would be to change them.
    for (files, limit) in [(Repository.sources, 160), (Repository.tests, 300)] {
      for file in files {
        for (index, line) in file.lines.enumerated() where line.count > limit {
          Issue.record("\(file.path):\(index + 1) has \(line.count) characters")
        }
      }
    }
  }
}

struct FunctionExtent {
  let name: String
  let line: Int
  let lineCount: Int
  let attributes: String
  let body: [String]
}

extension Repository.SourceFile {
  /// Functions and initialisers, found by swift-format's indentation: one ends at the first line that
  /// is a closing brace as far left as its beginning.
  var functions: [FunctionExtent] {
    let code = code
    var found: [FunctionExtent] = []
    for (index, line) in code.enumerated() where line.contains("func ") || line.contains("init") {
      guard
        let match = line.firstMatch(
          of: /^(\s*)(?:.*\s)?(?:func\s+(\w+|`[^`]+`|[^\s\w(]+)|init)[?!]?\s*[(<]/),
        line.contains(/\b(func|init)\b/), !line.contains(/[.]init\(/)
      else { continue }
      let indent = String(match.1)
      guard let end = Self.end(of: index, indent, code) else { continue }
      // A declaration without a body (a protocol's) ends before its own brace could come.
      guard code[index...end].contains(where: { $0.hasSuffix("{") || $0.contains("{ ") }) else {
        continue
      }
      let attributes = code[max(0, index - 12)..<index].reversed().prefix { previous in
        let trimmed = previous.trimmingCharacters(in: .whitespaces)
        return !trimmed.isEmpty && !trimmed.hasPrefix("}") && !trimmed.contains("func ")
      }
      found.append(
        FunctionExtent(
          name: match.2.map(String.init) ?? "init", line: index + 1, lineCount: end - index + 1,
          attributes: attributes.joined(separator: " ") + " " + line,
          body: Array(lines[index...end])))
    }
    return found
  }

  private static func end(of start: Int, _ indent: String, _ code: [String]) -> Int? {
    let line = code[start]
    let opening = line.filter { $0 == "{" }.count
    if opening > 0, opening == line.filter({ $0 == "}" }).count { return start }
    return code[start...].firstIndex { $0.hasPrefix(indent + "}") }
  }
}
