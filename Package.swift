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

  // The whole world on loopback.
  (
    "Sandbox",
    pure + [
      "Migration", "Reports", "Engine", "SystemIO", "ZoneFiles", "TLSToolkit", "HTTP",
      "DNSTransport", "DNSServer", "DNSProviders", "Routers",
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

let settings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // The debug build, which runs every test, checks each access; the release build need not pay for it again.
  // Small values cross many modules here: seen through, a rehearsal takes a tenth less.
  .unsafeFlags(
    ["-enforce-exclusivity=unchecked", "-cross-module-optimization"],
    .when(configuration: .release)),
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

/// What suites share: processes, folders, seeds and small plans; and beds of real servers, which need
/// every adapter.
let support: [(name: String, imports: [String])] = [
  ("TestSupport", pure + ["Migration", "SystemIO"]),
  ("TestBeds", everything + ["TestSupport"]),
]

// One suite for each module (`DNSModel` → `Tests/DNSModelTests`), which sees what its module imports; what a
// suite needs besides stands here. One for the program as people use it, one for the rules of this repository.
let alsoNeeds: [String: [String]] = [
  "CertificatesTests": ["Assessment", "DNSProviders", "DNSTransport", "TestBeds"],
  "DNSObserversTests": ["Assessment", "Reports"],
  "DNSProvidersTests": ["TestBeds"],
  "RehearsalTests": ["PlanFiles", "SystemIO"],
  "ReportsTests": ["PlanFiles"],
  "RoutersTests": ["TestBeds"],
  "SandboxTests": ["Rehearsal"],
  "StoreTests": ["CSQLite"],
  "TLSToolkitTests": ["TestBeds"],
  "AssessmentTests": ["PlanFiles"],
  "ProgramTests": everything + ["cutover", "TestBeds"],
  "HouseTests": [],
]
/// Files that tests read from the tree themselves.
let fixtures = ["MigrationTests": ["Fixtures"], "ReportsTests": ["Fixtures"]]
let suites: [(name: String, imports: [String])] =
  swiftModules.map { module in
    let name = module.name + "Tests"
    let imports = module.imports.filter { !$0.hasPrefix("C") || $0 == "Certificates" }
    return (name, [module.name] + imports + ["TestSupport"] + alsoNeeds[name, default: []])
  } + ["ProgramTests", "HouseTests"].map { ($0, ["TestSupport"] + alsoNeeds[$0, default: []]) }

targets += [
  .executableTarget(
    name: "cutover", dependencies: dependencies(everything), swiftSettings: settings)
]
targets += support.map { target in
  .target(
    name: target.name, dependencies: dependencies(target.imports), path: "Tests/\(target.name)",
    swiftSettings: settings)
}
targets += suites.map { suite in
  .testTarget(
    name: suite.name, dependencies: dependencies(suite.imports), path: "Tests/\(suite.name)",
    exclude: fixtures[suite.name] ?? [], swiftSettings: settings)
}

// `CUTOVER_BENCH=1 swift build -c release --product asking-bench`: what only benchmarks need.
if Context.environment["CUTOVER_BENCH"] != nil {
  targets.append(
    .executableTarget(
      name: "asking-bench", dependencies: dependencies(["DNSTransport", "SystemIO"] + pure),
      path: "Tests/Bench/Asking"))
}

// `CUTOVER_SUITES=DNSServerTests,ZoneFilesTests swift test` builds those suites and what they need, nothing else.
if let chosen = Context.environment["CUTOVER_SUITES"] {
  let arrows = Dictionary(
    uniqueKeysWithValues: (modules + support + suites + [("cutover", everything)]).map {
      ($0.name, $0.imports)
    })
  var wanted: Set<String> = []
  var open = chosen.split(separator: ",").map(String.init)
  while let name = open.popLast() {
    if wanted.insert(name).inserted { open += arrows[name] ?? [] }
  }
  targets.removeAll { !wanted.contains($0.name) }
}

/// What reads bytes from outside, for the fuzz targets (`Tests/Fuzz`, a package of its own).
let readers = [
  "Notation", "DNSModel", "ZoneFiles", "PlanFiles", "DNSServer", "SystemIO", "TLSToolkit",
]
let products: [Product] =
  Context.environment["CUTOVER_SUITES"] == nil
  ? [.library(name: "CutoverReaders", targets: readers)] : []

let package = Package(name: "Cutover", products: products, targets: targets)
