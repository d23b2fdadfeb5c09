import Foundation

/// A program that runs beside the test, at most `lifetime` seconds long (for longer in a long test). It is
/// killed, and whatever it started in its process group, when the test lets go of it, and when the test itself is killed.
public final class ServerProcess: @unchecked Sendable {
  private let process = Process()
  private let folder: TemporaryDirectory
  private let tie: Tie

  public init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:],
    directory: String = Programs.root, lifetime: Int = Soak.isOn ? 7200 : 300
  ) throws {
    folder = TemporaryDirectory()
    tie = try Tie()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = Tie.words(for: [try Programs.full(program)] + arguments, lifetime: lifetime)
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = tie.end
    process.standardOutput = try Programs.handle(folder, "out")
    process.standardError = try Programs.handle(folder, "err")
    try Self.withoutBlockedSignals { try process.run() }
  }

  deinit { stop() }

  /// Tests run on threads that take no signals, and what is started inherits that: servers that wait for one in
  /// the ordinary way would never hear of it.
  private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
    var (none, before) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try body()
  }

  public var stdout: String { Programs.lossy(folder.file("out")) }
  public var stderr: String { Programs.lossy(folder.file("err")) }
  public var isRunning: Bool { process.isRunning }
  public var processIdentifier: Int32 { process.processIdentifier }

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
    return process.terminationReason == .uncaughtSignal
      ? 128 + process.terminationStatus : process.terminationStatus
  }

  public func stop() {
    tie.release()
    guard process.isRunning else { return }
    // The leader is not reaped yet, so that the group is still its own.
    kill(-processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// What the kernel does when the test is killed.
  func tear() { tie.tear() }
}

/// A line that only the test holds open, and a watcher at its other end: when it closes without a word, the
/// test is gone, and the watcher kills the server's process group. (PR_SET_PDEATHSIG would not do: it goes
/// off with the thread that started the server, and does not reach what the server itself started.)
final class Tie: @unchecked Sendable {
  let end: FileHandle
  private var line: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    // A pair of sockets, since Glibc has no pipe that other servers are sure not to inherit.
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw ProgramFailure(description: "no socket pair: \(String(cString: strerror(errno)))")
    }
    // Ours stays open as well, so that a word to a watcher that is gone is no SIGPIPE.
    end = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
    line = ends[1]
  }

  deinit { release() }

  /// The watcher is no child of the server's: nobody would wait for it there. `Process` has made the shell,
  /// which becomes the server, the leader of a group of its own. And it has left it a descriptor whose closing
  /// tells it of the server's end: the watcher must not keep that one open.
  static func words(for server: [String], lifetime: Int) -> [String] {
    let script = """
      exec 3<&0 </dev/null
      watch() {
        for end in /proc/$BASHPID/fd/*; do
          end=${end##*/}
          [ "$end" -le 3 ] || eval "exec $end>&-"
        done
        read -r -t "$1" word <&3 || kill -KILL -- -$$
      }
      (watch "$1" >/dev/null 2>&1 &)
      shift
      exec "$@" 3<&-
      """
    return ["-c", script, "tied-server", "\(lifetime)"] + server
  }

  /// The server is let go of, or has ended: the watcher goes, and touches nothing.
  func release() {
    guard line >= 0 else { return }
    _ = write(line, "released\n", 9)
    tear()
  }

  func tear() {
    close(line)
    line = -1
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
