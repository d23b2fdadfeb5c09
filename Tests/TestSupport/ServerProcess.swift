import Foundation

/// A program that runs beside the test: killed when the test lets go of it, and in any case after
/// `lifetime` seconds, should the test itself be killed.
public final class ServerProcess: @unchecked Sendable {
  private let process = Process()
  private let folder: TemporaryDirectory

  public init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:],
    directory: String = Programs.root, lifetime: Int = 300
  ) throws {
    folder = TemporaryDirectory()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    // In the foreground, so that signals reach the server and not a process group of its own.
    process.arguments =
      ["--foreground", "-s", "KILL", "\(lifetime)", try Programs.full(program)] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Programs.handle(folder, "out")
    process.standardError = try Programs.handle(folder, "err")
    try process.run()
  }

  deinit { stop() }

  public var stdout: String { Programs.lossy(folder.file("out")) }
  public var stderr: String { Programs.lossy(folder.file("err")) }
  public var isRunning: Bool { process.isRunning }

  /// The server itself (its parent is `timeout`).
  public var processIdentifier: Int32 {
    let children = Programs.lossy(
      "/proc/\(process.processIdentifier)/task/\(process.processIdentifier)/children")
    return children.split(separator: " ").first.flatMap { Int32($0) } ?? process.processIdentifier
  }

  public func send(_ signal: Int32) { kill(processIdentifier, signal) }

  /// Waits until `condition` gives a value; fails with what the server said when it does not in time.
  public func wait<Value>(
    seconds: Double = 20, for what: String, _ condition: () throws -> Value?
  ) throws -> Value {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if let value = try condition() { return value }
      if !isRunning { break }
      usleep(10_000)
    }
    throw ProgramFailure(
      description: "waited in vain for \(what)\nstdout: \(stdout)\nstderr: \(stderr)")
  }

  /// Waits for the program to end by itself, and gives its status.
  public func waitForEnd(seconds: Double = 20) throws -> Int32 {
    let end = Date().addingTimeInterval(seconds)
    while process.isRunning, Date() < end { usleep(5_000) }
    guard !process.isRunning else {
      throw ProgramFailure(description: "still running\nstdout: \(stdout)\nstderr: \(stderr)")
    }
    return process.terminationStatus
  }

  public func stop() {
    guard process.isRunning else { return }
    kill(processIdentifier, SIGKILL)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}

/// Ports that were free a moment ago, for peers that cannot bind port 0 and say which they got.
public enum FreePort {
  /// Free for UDP and TCP on 127.0.0.1.
  public static func next() throws -> UInt16 {
    for _ in 0..<50 {
      guard let port = bound(SOCK_STREAM, to: 0), bound(SOCK_DGRAM, to: port) != nil else {
        continue
      }
      return port
    }
    throw ProgramFailure(description: "no port is free on 127.0.0.1")
  }

  private static func bound(_ type: __socket_type, to port: UInt16) -> UInt16? {
    let descriptor = socket(AF_INET, Int32(type.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard bind(descriptor, address, length) == 0, getsockname(descriptor, address, &length) == 0
        else { return nil }
        return UInt16(bigEndian: pointer.pointee.sin_port)
      }
    }
  }
}
