import Foundation
import Testing

/// What is in the tree is finished, and speaks of the project alone.
@Suite struct FinishTests {
  // Spelled in halves, so that this file does not trip over itself.
  static let marks = [
    "TO" + "DO", "FIX" + "ME", "XX" + "X", "unimple" + "mented", "not implem" + "ented",
    "fatal" + "Error(", "try" + "!",
  ]

  @Test func nothingIsLeftUnfinished() {
    for file in Repository.sources {
      // (Six of those letters are mkstemp's, not a mark.)
      for (index, line) in file.lines.enumerated() {
        for mark in Self.marks where line.replacing("XXXXXX", with: "").contains(mark) {
          Issue.record(
            "\(file.path):\(index + 1) says \(mark): finish it, or return an error that says what cannot be done"
          )
        }
      }
    }
  }

  @Test func noMachinePathsStandInTheTree() throws {
    let folders = ["Sources", "Tests", "Plans", "Zones", ".ci"]
    let paths = folders.flatMap { Repository.files(under: $0) { !$0.hasSuffix(".png") } }
    for path in paths + ["README.md", "Makefile", "Package.swift"] {
      guard let text = try? Repository.text(path) else { continue }
      for mark in ["/wo" + "rk/", "/fa" + "rm/", "/ro" + "ot/"] where text.contains(mark) {
        Issue.record("\(path) names a path of one machine: \(mark)")
      }
    }
  }

  @Test func theRootHoldsOnlyWhatBelongsThere() throws {
    let known: Set<String> = [
      "Package.swift", "Sources", "Tests", "Plans", "Zones", "README.md", "Makefile", "out",
    ]
    for entry in try FileManager.default.contentsOfDirectory(atPath: Repository.root.path)
    where !entry.hasPrefix(".") {
      #expect(known.contains(entry), "\(entry) has no place at the root")
    }
  }
}
