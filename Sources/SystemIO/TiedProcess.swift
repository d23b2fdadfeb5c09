import CLinux
import Glibc
import Notation

/// A program that runs beside us and never outlives us: the kernel kills it when the thread that started
/// it ends, a `kill -9` of ours included. Start it from a thread that lives as long as the program shall.
public final class TiedProcess: @unchecked Sendable {
  public let name: String
  /// What it says goes to this file.
  public let logPath: String
  public let processID: pid_t
  private let state = Mutex<Int32?>(nil)

  public init(
    _ words: [String], variables: [(name: String, value: String)] = [], log: String
  ) throws(ChildProcessError) {
    name = words.first ?? ""
    logPath = log
    let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard output >= 0 else {
      throw ChildProcessError(program: name, reason: "\(log): \(String(cString: strerror(errno)))")
    }
    let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer {
      close(input)
      close(output)
    }
    processID = try spawn(
      words, ChildProcess.environment(adding: variables), input: input, output: output, isTied: true
    )
  }

  deinit { stop() }

  public var isRunning: Bool { reaped(WNOHANG) == nil }

  /// Ends it at once, and waits until it is gone.
  public func stop() {
    guard isRunning else { return }
    kill(processID, SIGKILL)
    _ = reaped(0)
  }

  /// The last thing it said, for people.
  public var lastWords: String {
    let text = (try? AtomicFile.read(logPath, limit: 1 << 20)) ?? []
    let line = String(decoding: text, as: UTF8.self).split(separator: "\n").last
    return safeText(line.map(String.init) ?? "it said nothing", limit: 200)
  }

  /// How it ended, once.
  private func reaped(_ options: Int32) -> Int32? {
    state.withLock { known in
      if known != nil { return known }
      var status: Int32 = 0
      while true {
        let ended = waitpid(processID, &status, options)
        if ended < 0, errno == EINTR { continue }
        if ended != 0 { known = status }
        return known
      }
    }
  }
}

/// Removes a folder when we are gone, however we went: a small process of its own waits for the end of a
/// pipe that only we hold open.
public final class FolderKeeper: @unchecked Sendable {
  private let line: Int32
  private let processID: pid_t

  public init(of folder: String) throws(ChildProcessError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw ChildProcessError(program: "sh", reason: String(cString: strerror(errno)))
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let silence = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer {
      close(ends[0])
      close(silence)
    }
    line = ends[1]
    // What is still being written while we go is caught by the second try.
    let script = "cd / && read -r end; rm -rf -- \"$1\" || { sleep 0.2; rm -rf -- \"$1\"; }"
    do {
      processID = try spawn(
        ["sh", "-c", script, "folder-keeper", folder], ChildProcess.environment(adding: []),
        input: ends[0], output: silence, isTied: false)
    } catch {
      close(ends[1])
      throw error
    }
  }

  /// The folder is gone when this returns.
  public func release() {
    close(line)
    var status: Int32 = 0
    while waitpid(processID, &status, 0) < 0, errno == EINTR {}
  }
}

private func spawn(
  _ words: [String], _ environment: [String], input: Int32, output: Int32, isTied: Bool
) throws(ChildProcessError) -> pid_t {
  let arguments = words.map { strdup($0) } + [nil]
  let variables = environment.map { strdup($0) } + [nil]
  defer { for pointer in arguments + variables { free(pointer) } }
  let child = clinux_spawn_tied(arguments, variables, input, output, isTied ? 1 : 0)
  guard child > 0 else {
    throw ChildProcessError(program: words.first ?? "", reason: String(cString: strerror(errno)))
  }
  return child
}
