// swift-tools-version: 6.2
// The house in one table: a target, and what it may import. Arrows go down only; a test holds the
// table against the import lines (Tests/HouseTests). A row takes effect once its folder exists.
import Foundation
import PackageDescription

/// What every target may import besides its own row: pure values, no I/O, no clock, no randomness.
let pure = ["Digests", "Notation", "DNSModel"]

let modules: [(name: String, imports: [String])] = [
  // C libraries: a module map and a commented shim, nothing else.
  ("CLinux", []),

  // Pure: deterministic values and decisions.
  ("Notation", []),
  ("Digests", ["COpenSSL"]),
  ("DNSModel", ["Digests", "Notation"]),
  ("Migration", pure),
  ("Assessment", pure + ["Migration"]),
  ("Reports", pure + ["Migration", "Assessment"]),
  ("Invocation", ["Notation"]),

  // The loop, and the world it is rehearsed in.
  ("Engine", pure + ["Migration"]),
  ("Rehearsal", pure + ["Migration", "Assessment", "Reports", "Engine"]),

  // Adapters: each owns one library or one protocol.
  ("SystemIO", pure + ["CLinux"]),
  ("ZoneFiles", pure + ["SystemIO"]),
  ("PlanFiles", pure + ["Migration", "CYAML"]),
  ("Store", pure + ["Migration", "Engine", "SystemIO", "CSQLite"]),
  ("TLSToolkit", pure + ["Migration", "SystemIO", "COpenSSL"]),
  ("HTTP", pure + ["SystemIO", "TLSToolkit", "CCurl", "CEvent"]),
  ("DNSTransport", pure + ["SystemIO"]),
  ("DNSServer", pure + ["SystemIO", "DNSTransport", "ZoneFiles"]),
  (
    "DNSObservers",
    pure + ["Migration", "Engine", "SystemIO", "DNSTransport", "TLSToolkit", "HTTP"]
  ),
  ("DNSProviders", pure + ["Migration", "Engine", "SystemIO", "DNSTransport", "ZoneFiles"]),
  ("Certificates", pure + ["Migration", "Engine", "SystemIO", "TLSToolkit", "HTTP"]),
  ("Routers", pure + ["Migration", "Engine", "SystemIO", "TLSToolkit", "HTTP"]),
  (
    "Sandbox",
    pure + [
      "Migration", "Engine", "SystemIO", "ZoneFiles", "TLSToolkit", "HTTP", "DNSTransport",
      "DNSServer", "DNSObservers", "DNSProviders", "Certificates", "Routers",
    ]
  ),
]

/// System libraries: Debian's package for each, so that a failed build names what to install.
let systemLibraries: [(name: String, pkgConfig: String, debian: String)] = [
  ("COpenSSL", "openssl", "libssl-dev"),
  ("CSQLite", "sqlite3", "libsqlite3-dev"),
  ("CYAML", "yaml-0.1", "libyaml-dev"),
  ("CCurl", "libcurl", "libcurl4-openssl-dev"),
  ("CEvent", "libevent", "libevent-dev"),
]

let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
func exists(_ path: String) -> Bool {
  FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
}

let settings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

func present(_ names: [String]) -> [Target.Dependency] {
  names.filter { exists("Sources/\($0)") }.map { .byName(name: $0) }
}

var targets: [Target] = []
for library in systemLibraries where exists("Sources/\(library.name)") {
  targets.append(
    .systemLibrary(
      name: library.name, pkgConfig: library.pkgConfig, providers: [.apt([library.debian])]))
}
for module in modules where exists("Sources/\(module.name)") {
  if module.name.hasPrefix("C"), exists("Sources/\(module.name)/include") {
    targets.append(.target(name: module.name))
  } else {
    targets.append(
      .target(
        name: module.name, dependencies: present(module.imports),
        exclude: exists("Sources/\(module.name)/About.md") ? ["About.md"] : [],
        swiftSettings: settings))
  }
}

let everything = modules.map(\.name).filter { !$0.hasPrefix("C") || $0 == "Certificates" }
if exists("Sources/cutover") {
  targets.append(
    .executableTarget(name: "cutover", dependencies: present(everything), swiftSettings: settings))
}

// Tests: support for all of them, and one target per module (`DNSModel` → `Tests/DNSModelTests`).
// InteropTests talk to other people's servers; HouseTests hold the rules of this repository.
if exists("Tests/TestSupport") {
  targets.append(
    .target(
      name: "TestSupport", dependencies: present(everything), path: "Tests/TestSupport",
      swiftSettings: settings))
}
let suites =
  modules.map { $0.name + "Tests" } + [
    "ProgramTests", "InteropTests", "HouseTests", "CrashTests", "SandboxTests",
  ]
for suite in suites where exists("Tests/\(suite)") {
  targets.append(
    .testTarget(
      name: suite,
      dependencies: present(everything + (suite == "ProgramTests" ? ["cutover"] : []))
        + (exists("Tests/TestSupport") ? ["TestSupport"] : []),
      path: "Tests/\(suite)",
      exclude: exists("Tests/\(suite)/Fixtures") ? ["Fixtures"] : [],
      swiftSettings: settings))
}

let package = Package(name: "Cutover", targets: targets)
