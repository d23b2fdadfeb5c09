// swift-tools-version: 6.2
// The house in one table: a target, and what it may import. Arrows go down only; a test holds the
// table against the import lines (Tests/HouseTests).
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
]

/// System libraries: Debian's package for each, so that a failed build names what to install.
let systemLibraries: [(name: String, pkgConfig: String, debian: String)] = [
  ("COpenSSL", "openssl", "libssl-dev"),
  ("CSQLite", "sqlite3", "libsqlite3-dev"),
  ("CYAML", "yaml-0.1", "libyaml-dev"),
  ("CCurl", "libcurl", "libcurl4-openssl-dev"),
  ("CEvent", "libevent", "libevent-dev"),
]

let settings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

func dependencies(_ names: [String]) -> [Target.Dependency] { names.map { .byName(name: $0) } }

/// C libraries are system modules but for CLinux, which is compiled here.
let isCompiledC = { (name: String) in name == "CLinux" }
let swiftModules = modules.filter { !isCompiledC($0.name) }
let everything = swiftModules.map(\.name)

var targets: [Target] = systemLibraries.map { library in
  .systemLibrary(
    name: library.name, pkgConfig: library.pkgConfig, providers: [.apt([library.debian])])
}
targets += modules.filter { isCompiledC($0.name) }.map { .target(name: $0.name) }
targets += swiftModules.map { module in
  .target(
    name: module.name, dependencies: dependencies(module.imports), swiftSettings: settings)
}
targets += [
  .executableTarget(
    name: "cutover", dependencies: dependencies(everything), swiftSettings: settings),
  .target(
    name: "TestSupport", dependencies: dependencies(everything), path: "Tests/TestSupport",
    swiftSettings: settings),
]

// One suite for each module (`DNSModel` → `Tests/DNSModelTests`), one for the program as people use it,
// one for the rules of this repository.
let suites = everything.map { $0 + "Tests" } + ["ProgramTests", "HouseTests"]
/// Files that tests read from the tree themselves.
let fixtures = ["ReportsTests": ["Fixtures"]]
targets += suites.map { suite in
  .testTarget(
    name: suite, dependencies: dependencies(everything + ["cutover", "TestSupport"]),
    path: "Tests/\(suite)", exclude: fixtures[suite] ?? [], swiftSettings: settings)
}

/// What reads bytes from outside, for the fuzz targets (`Tests/Fuzz`, a package of its own).
let readers = ["Notation", "DNSModel", "ZoneFiles", "PlanFiles", "DNSServer", "TLSToolkit"]

let package = Package(
  name: "Cutover", products: [.library(name: "CutoverReaders", targets: readers)],
  targets: targets)
