import Foundation

/// The files of this repository, as the house rules read them.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  struct SourceFile: Sendable {
    /// From the root: `Sources/DNSModel/TTL.swift`.
    let path: String
    let lines: [String]
    /// The lines with comments and the content of one-line string literals blanked out, so that a rule
    /// about code does not trip over prose.
    let code: [String]

    init(path: String, lines: [String]) {
      self.path = path
      self.lines = lines
      code = Self.code(of: lines)
    }

    /// `Sources/DNSModel/TTL.swift` → `DNSModel`.
    var target: String { String(path.split(separator: "/")[1]) }
    var text: String { lines.joined(separator: "\n") }
  }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  static func swiftFiles(under folder: String) -> [SourceFile] {
    files(under: folder) { $0.hasSuffix(".swift") }.map { path in
      let text = (try? text(path)) ?? ""
      return SourceFile(path: path, lines: text.components(separatedBy: "\n"))
    }
  }

  static func files(under folder: String, where isWanted: (String) -> Bool) -> [String] {
    let start = root.appendingPathComponent(folder)
    guard let walker = FileManager.default.enumerator(atPath: start.path) else { return [] }
    var paths: [String] = []
    for case let path as String in walker
    where isWanted(path) && !path.contains(".build/") { paths.append("\(folder)/\(path)") }
    return paths.sorted()
  }

  static let sources = swiftFiles(under: "Sources")
  static let tests = swiftFiles(under: "Tests")
}

extension Repository.SourceFile {
  fileprivate static func code(of lines: [String]) -> [String] {
    var insideLiteral = false
    return lines.map { line in
      if line.contains("\"\"\"") {
        insideLiteral.toggle()
        return ""
      }
      if insideLiteral { return "" }
      return blankingProse(line)
    }
  }

  private static func blankingProse(_ line: String) -> String {
    var result = ""
    var insideString = false
    var previous: Character = " "
    for character in line {
      if !insideString, character == "/", previous == "/" {
        result.removeLast()
        break
      }
      if character == "\"", previous != "\\" {
        insideString.toggle()
        result.append(character)
      } else if !insideString {
        result.append(character)
      }
      previous = previous == "\\" && character == "\\" ? " " : character
    }
    return result
  }
}
