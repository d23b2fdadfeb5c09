import Glibc
import Notation

/// A program run to its end: words in, bytes out, never longer than its deadline.
///
/// No shell stands in between, and the environment is not passed on but for the few variables that
/// programs need to start: what is in ours may be secret (R23).
public enum ChildProcess {
  public enum Ending: Hashable, Sendable {
    case exited(Int32)
    case killed(signal: Int32)
    /// It ran past the deadline, and it and what it had started were killed.
    case overdue
  }

  public struct Outcome: Hashable, Sendable {
    public let ending: Ending
    public let output: [UInt8]
    public let complaints: [UInt8]
    /// It wrote more than was wanted; the rest was dropped.
    public let isCut: Bool

    public var succeeded: Bool { ending == .exited(0) }
    public var text: String { String(decoding: output, as: UTF8.self) }

    /// One line for people: how it ended, and the last thing it complained about.
    public var summary: String {
      let end =
        switch ending {
        case .exited(let code): "exit status \(code)"
        case .killed(let signal): "killed by signal \(signal)"
        case .overdue: "not finished within its time"
        }
      let last = String(decoding: complaints, as: UTF8.self).split(separator: "\n").last
      return last.map { "\(end): \(safeText(String($0), limit: 200))" } ?? end
    }
  }

  public static let inheritedVariables = ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR"]

  /// Runs `words[0]`, looked for in `$PATH` unless it has a slash.
  public static func run(
    _ words: [String], variables: [(name: String, value: String)] = [], input: [UInt8] = [],
    within deadline: TimeSpan, outputLimit: Int = 1 << 20
  ) throws(ChildProcessError) -> Outcome {
    _ = ignoresBrokenPipes
    let end = SystemClock.sinceBoot() + deadline
    var child = try RunningChild(words, environment: environment(adding: variables))
    child.converse(input: input, until: end, limit: outputLimit)
    return child.finish(by: end)
  }

  /// A program that ends without reading its input must not end us too.
  private static let ignoresBrokenPipes: Bool = {
    signal(SIGPIPE, SIG_IGN)
    return true
  }()

  static func environment(adding more: [(name: String, value: String)]) -> [String] {
    var lines: [String] = []
    for name in inheritedVariables where !more.contains(where: { $0.name == name }) {
      if let value = getenv(name) { lines.append("\(name)=\(String(cString: value))") }
    }
    return lines + more.map { "\($0.name)=\($0.value)" }
  }
}

/// The program could not be started; nothing ran.
public struct ChildProcessError: Error, Hashable, Sendable, CustomStringConvertible {
  public let program: String
  public let reason: String

  public var description: String { "\(safeText(program)) could not be started: \(reason)" }
}

private struct RunningChild {
  private let process: pid_t
  private var input: Int32
  private var output: Drain
  private var complaints: Drain

  init(_ words: [String], environment: [String]) throws(ChildProcessError) {
    let program = words.first ?? ""
    var pipes: [Int32] = []
    for _ in 0..<3 {
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else {
        for end in pipes { close(end) }
        throw ChildProcessError(program: program, reason: String(cString: strerror(errno)))
      }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      pipes += ends
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipes[0], 0)
    posix_spawn_file_actions_adddup2(&actions, pipes[3], 1)
    posix_spawn_file_actions_adddup2(&actions, pipes[5], 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, so that what it starts can be ended with it, and so that the terminal's
    // Ctrl-C reaches us and not it; and the signals a fresh program expects.
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    sigaddset(&defaults, SIGINT)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF))
    var arguments = words.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for pointer in arguments + variables { free(pointer) } }
    var process: pid_t = 0
    let code = posix_spawnp(&process, program, &actions, &attributes, &arguments, &variables)
    for end in [pipes[0], pipes[3], pipes[5]] { close(end) }
    guard code == 0 else {
      for end in [pipes[1], pipes[2], pipes[4]] { close(end) }
      throw ChildProcessError(program: program, reason: String(cString: strerror(code)))
    }
    self.process = process
    input = pipes[1]
    output = Drain(descriptor: pipes[2])
    complaints = Drain(descriptor: pipes[4])
    for end in [pipes[1], pipes[2], pipes[4]] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
  }

  /// Feeds and drains until both of its outputs are closed, or the time is over.
  mutating func converse(input bytes: [UInt8], until end: TimeSpan, limit: Int) {
    var rest = bytes[...]
    while output.isOpen || complaints.isOpen {
      if rest.isEmpty { shutInput() }
      let left = end - SystemClock.sinceBoot()
      guard left > .zero else { return }
      var waits = [
        pollfd(fd: output.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: complaints.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: input, events: Int16(POLLOUT), revents: 0),
      ]
      guard poll(&waits, 3, Int32(clamping: min(left, .seconds(60)).milliseconds)) >= 0 else {
        if errno == EINTR { continue }
        return
      }
      if waits[0].revents != 0 { output.read(limit: limit) }
      if waits[1].revents != 0 { complaints.read(limit: 65536) }
      if waits[2].revents != 0 {
        let count = rest.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
        // It reads no further: what it makes of that is its own affair.
        if count < 0, errno != EAGAIN, errno != EINTR { rest = [] }
        if count > 0 { rest = rest.dropFirst(count) }
      }
    }
  }

  private mutating func shutInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  /// Waits for the end of the program itself, which may outlive its outputs; kills it when overdue.
  mutating func finish(by end: TimeSpan) -> ChildProcess.Outcome {
    shutInput()
    output.shut()
    complaints.shut()
    var status: Int32 = 0
    var isOverdue = false
    while waitpid(process, &status, WNOHANG) == 0 {
      if SystemClock.sinceBoot() >= end {
        isOverdue = true
        kill(-process, SIGKILL)
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        break
      }
      usleep(1000)
    }
    let signal = status & 0x7F
    return ChildProcess.Outcome(
      ending: isOverdue
        ? .overdue : signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal),
      output: output.bytes, complaints: complaints.bytes,
      isCut: output.isCut || complaints.isCut)
  }
}

/// The reading end of one of its outputs, and what came out of it so far.
private struct Drain {
  private(set) var descriptor: Int32
  private(set) var bytes: [UInt8] = []
  private(set) var isCut = false

  init(descriptor: Int32) { self.descriptor = descriptor }

  var isOpen: Bool { descriptor >= 0 }

  mutating func shut() {
    if isOpen { close(descriptor) }
    descriptor = -1
  }

  mutating func read(limit: Int) {
    var chunk = [UInt8](repeating: 0, count: 16384)
    let count = Glibc.read(descriptor, &chunk, chunk.count)
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    guard count > 0 else { return shut() }
    let room = max(0, limit - bytes.count)
    if count > room { isCut = true }
    bytes += chunk.prefix(min(count, room))
  }
}
