import Foundation
import Testing

/// Arrows go down only. The manifest alone does not see to it: an undeclared sibling that happened to
/// be compiled first imports without a complaint.
@Suite struct ImportTests {
  /// The toolchain's own modules, and who may use them.
  static let anywhere: Set<String> = ["Swift", "Synchronization"]
  static let edges: Set<String> = ["Glibc"]
  static let pureTargets: Set<String> = [
    "Notation", "Digests", "DNSModel", "Migration", "Assessment", "Reports", "Invocation", "Engine",
    "Rehearsal",
  ]

  /// `("Store", pure + ["Migration", …])` rows of Package.swift.
  static func table() throws -> [String: Set<String>] {
    let manifest = try Repository.text("Package.swift")
    let start = try #require(manifest.range(of: "let modules:"))
    let end = try #require(manifest.range(of: "\n]\n", range: start.upperBound..<manifest.endIndex))
    let body = String(manifest[start.upperBound..<end.lowerBound])
    let pureLine = try #require(manifest.firstMatch(of: /let pure = \[([^\]]*)\]/))
    let pure = names(in: String(pureLine.1))
    var table: [String: Set<String>] = [:]
    for row in body.matches(of: /\(\s*"(\w+)",\s*((?:pure|\[)[^)]*?)\s*\)/) {
      let imports = String(row.2)
      table[String(row.1)] = names(in: imports).union(imports.hasPrefix("pure") ? pure : [])
    }
    return table
  }

  private static func names(in text: String) -> Set<String> {
    Set(text.matches(of: /"(\w+)"/).map { String($0.1) })
  }

  @Test func everyImportIsInTheTable() throws {
    let table = try Self.table()
    try #require(table.count > 10, "the table in Package.swift could not be read")
    let ours = Set(table.keys).union(table.values.flatMap { $0 })
    for file in Repository.sources
    where !file.target.hasPrefix("C") || file.target == "Certificates" {
      for line in file.code {
        guard
          let match = line.firstMatch(
            of:
              /^\s*(?:@\w+\s+|public\s+|package\s+|internal\s+)*import\s+(?:struct\s+|enum\s+|class\s+|func\s+)?(\w+)/
          )
        else { continue }
        let module = String(match.1)
        if file.target == "cutover" {
          #expect(
            !module.hasPrefix("C") || module == "Certificates",
            "\(file.path) imports \(module): the program uses C libraries through their adapters")
        } else if ours.contains(module) {
          #expect(
            table[file.target]?.contains(module) == true,
            "\(file.path) imports \(module), which Package.swift's table does not allow; move the code down, or argue for a new row"
          )
        } else if Self.edges.contains(module) {
          #expect(
            !Self.pureTargets.contains(file.target),
            "\(file.path) imports \(module): \(file.target) is pure; take what it needs as an argument"
          )
        } else {
          #expect(
            Self.anywhere.contains(module),
            "\(file.path) imports \(module): it costs start-up time, or is no part of the house; use Notation, Digests or SystemIO"
          )
        }
      }
    }
  }

  @Test func eachCModuleHasOneImporter() throws {
    let table = try Self.table()
    for module in ["CLinux", "CSQLite", "CYAML", "CCurl", "CEvent", "COpenSSL"] {
      let importers = table.filter { $0.value.contains(module) }.map(\.key).sorted()
      let allowed = module == "COpenSSL" ? 2 : 1
      #expect(importers.count <= allowed, "\(module) is imported by \(importers)")
    }
  }

  @Test func everyTargetHasARow() throws {
    let table = try Self.table()
    let manifest = try Repository.text("Package.swift")
    for target in Set(Repository.sources.map(\.target)) where target != "cutover" {
      #expect(
        table[target] != nil || manifest.contains("(\"\(target)\","),
        "Sources/\(target) has no row in Package.swift's table")
    }
  }
}
