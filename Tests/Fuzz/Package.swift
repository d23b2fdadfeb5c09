// swift-tools-version: 6.2
// A package of its own: libFuzzer's runtime and instrumentation are in here and nowhere else.
import PackageDescription

let package = Package(
  name: "Fuzz",
  dependencies: [.package(name: "Cutover", path: "../..")],
  targets: [
    .executableTarget(
      name: "Fuzz", dependencies: [.product(name: "CutoverReaders", package: "Cutover")],
      swiftSettings: [
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .unsafeFlags(["-parse-as-library"]),
      ])
  ])
