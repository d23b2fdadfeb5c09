import Foundation
import Glibc

/// A program at a terminal: what it draws can be read, keys can be pressed, the window resized.
public final class PseudoTerminal: @unchecked Sendable {
  private let master: Int32
  private let process = Process()
  private var said: [UInt8] = []

  public init(
    _ program: String, _ arguments: [String], columns: UInt16 = 80, rows: UInt16 = 24,
    kind: String = "xterm"
  ) throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (isLocked, number) = (Int32(0), UInt32(0))
    // TIOCSPTLCK and TIOCGPTN: what unlockpt and ptsname do.
    guard master >= 0, ioctl(master, 0x4004_5431, &isLocked) == 0,
      ioctl(master, 0x8004_5430, &number) == 0
    else { throw ProgramFailure(description: "there is no pseudo-terminal") }
    let path = "/dev/pts/\(number)"
    guard let slave = FileHandle(forUpdatingAtPath: path) else {
      throw ProgramFailure(description: "\(path) cannot be opened")
    }
    resize(columns: columns, rows: rows)
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    // `setsid -c` makes it the program's own terminal, so that Ctrl-C and the window's size reach it.
    process.arguments =
      ["--foreground", "-s", "KILL", "120", "setsid", "-c", "-w", try Programs.full(program)]
      + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["TERM": kind]) { $1 }
    process.standardInput = slave
    process.standardOutput = slave
    process.standardError = slave
    try process.run()
    try slave.close()
  }

  deinit {
    stop()
    close(master)
  }

  public func resize(columns: UInt16, rows: UInt16) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
  }

  public func press(_ keys: String) {
    let bytes = Array(keys.utf8)
    _ = write(master, bytes, bytes.count)
  }

  /// Everything it has said so far.
  public var output: String {
    var wait = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while poll(&wait, 1, 20) > 0 {
      let count = read(master, &buffer, buffer.count)
      guard count > 0 else { break }
      said += buffer.prefix(count)
    }
    return String(decoding: said, as: UTF8.self)
  }

  /// The lines of the last screen that was drawn whole, without colours.
  public var screen: [String] {
    let frames = output.components(separatedBy: "\u{1b}[H")
    guard frames.count > 1 else { return [] }
    let whole = frames.last(where: { $0.contains("\u{1b}[J") }) ?? ""
    let frame = whole.components(separatedBy: "\u{1b}[J")[0]
    let plain = frame.replacingOccurrences(
      of: "\u{1b}\\[[0-9;?]*[A-Za-z]", with: "", options: .regularExpression)
    return plain.replacingOccurrences(of: "\r", with: "").components(separatedBy: "\n")
  }

  public func waits(seconds: Double, for condition: () throws -> Bool) rethrows -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if try condition() { return true }
      usleep(50_000)
    }
    return false
  }

  /// Its status, once it has ended.
  public func ending(seconds: Double) -> Int32? {
    let end = Date().addingTimeInterval(seconds)
    while process.isRunning, Date() < end {
      _ = output
      usleep(20_000)
    }
    return process.isRunning ? nil : process.terminationStatus
  }

  public func stop() {
    guard process.isRunning else { return }
    kill(process.processIdentifier, SIGTERM)
    process.waitUntilExit()
  }
}
