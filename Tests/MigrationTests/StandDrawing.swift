import Foundation
import Migration
import TestSupport

/// Which stand can follow on which: drawn in `MigrationState.swift` for readers, and found by random moves.
struct StandDrawing: Equatable, CustomStringConvertible {
  var arrows: [String: Set<String>] = [:]

  init(_ changes: Set<StandChange>) {
    for change in changes {
      arrows[change.from.description, default: []].insert(change.to.description)
    }
  }

  /// A line for each stand: the stand, an arrow, and what can follow on it.
  init(text: String) {
    for line in text.split(separator: "\n") {
      let sides = line.trimmingPrefix("///").split(separator: "▸").map(Self.word)
      guard line.hasPrefix("///"), sides.count == 2 else { continue }
      arrows[sides[0]] = Set(sides[1].split(separator: "·").map(Self.word))
    }
  }

  private static func word(_ text: some StringProtocol) -> String {
    text.trimmingCharacters(in: .whitespaces)
  }

  static func inTheSource() throws -> Self {
    let path = Programs.root + "/Sources/Migration/MigrationState.swift"
    return Self(text: try String(contentsOfFile: path, encoding: .utf8))
  }

  func arrowsMissing(in other: Self) -> [String] {
    arrows.flatMap { from, ends in
      ends.subtracting(other.arrows[from] ?? []).map { "\(from) ▸ \($0)" }
    }.sorted()
  }

  var description: String {
    let order = Stand.all.map(\.description)
    let width = order.map(\.count).max() ?? 0
    return order.compactMap { from in
      guard let ends = arrows[from] else { return nil }
      let padding = String(repeating: " ", count: width - from.count)
      return "///   \(from)\(padding) ▸ " + order.filter(ends.contains).joined(separator: " · ")
    }.joined(separator: "\n")
  }
}
