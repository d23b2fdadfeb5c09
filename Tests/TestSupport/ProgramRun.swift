import Foundation

/// What a program said, and how it ended.
public struct ProgramRun: Sendable, CustomStringConvertible {
  public let command: String
  public let status: Int32
  public let stdout: String
  public let stderr: String

  public var description: String {
    "\(command)\n→ \(status)\nstdout: \(stdout)\nstderr: \(stderr)"
  }
}

public struct ProgramFailure: Error, CustomStringConvertible {
  public let description: String

  public init(description: String) { self.description = description }
}

public enum Programs {
  /// The repository's root: what programs are run from.
  public static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// The `cutover` that was built together with these tests.
  public static func cutover() throws -> String {
    let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
    let candidates = [folder, "\(root)/.build/debug"].map { "\($0)/cutover" }
    guard let path = candidates.first(where: FileManager.default.isExecutableFile(atPath:)) else {
      throw ProgramFailure(description: "cutover was not built beside the tests: \(candidates)")
    }
    return path
  }

  /// The `cutover` that people install, optimised: `make build` makes it. For what takes the tests' own build
  /// a hundred times as long.
  public static func installable() throws -> String {
    let path = "\(root)/.build/release/cutover"
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw ProgramFailure(description: "there is no \(path): run make build")
    }
    return path
  }

  /// A real peer. Missing is a failure of the test, never a reason to skip it.
  public static func path(of name: String) throws -> String {
    for folder in ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/bin", "/sbin"] {
      let path = "\(folder)/\(name)"
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw ProgramFailure(description: "\(name) is not installed: run make test-deps")
  }

  /// Runs `cutover` to its end.
  public static func cutover(
    _ arguments: [String], stdin: String = "", environment: [String: String] = [:],
    seconds: Int = 60
  ) throws -> ProgramRun {
    try run(cutover(), arguments, stdin: stdin, environment: environment, seconds: seconds)
  }

  /// Runs a program to its end, at most `seconds` long (then it is killed and the status is 137).
  public static func run(
    _ program: String, _ arguments: [String], stdin: String = "",
    environment: [String: String] = [:], directory: String = root, seconds: Int = 60
  ) throws -> ProgramRun {
    let folder = TemporaryDirectory()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    process.arguments = ["-s", "KILL", "\(seconds)", try full(program)] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Files, not pipes: a program that says much must not stall on a reader that waits for its end.
    folder.write("in", stdin)
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: folder.file("in")))
    process.standardOutput = try handle(folder, "out")
    process.standardError = try handle(folder, "err")
    try process.run()
    process.waitUntilExit()
    let status =
      process.terminationReason == .uncaughtSignal
      ? 128 + process.terminationStatus : process.terminationStatus
    return ProgramRun(
      command: ([program] + arguments).joined(separator: " "), status: status,
      stdout: lossy(folder.file("out")), stderr: lossy(folder.file("err")))
  }

  static func full(_ program: String) throws -> String {
    program.hasPrefix("/") ? program : try path(of: program)
  }

  static func lossy(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  static func handle(_ folder: TemporaryDirectory, _ name: String) throws -> FileHandle {
    folder.write(name, "")
    return try FileHandle(forWritingTo: URL(fileURLWithPath: folder.file(name)))
  }
}
