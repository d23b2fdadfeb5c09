@preconcurrency import Glibc
import Notation
import Synchronization

/// The terminal in the hands of a live view: keys one by one, no echo, and put back as it was at the
/// end, also when that end is a signal.
public final class Terminal {
  public enum Key: Hashable, Sendable {
    case character(Character)
    case enter
    case escape
    /// Ctrl-C, Ctrl-D, or the terminal is gone.
    case interrupt
  }

  public struct Size: Hashable, Sendable {
    public let columns: Int
    public let rows: Int
  }

  private static let input = STDIN_FILENO
  private let before: termios
  /// Typed, and not looked at yet: fingers are quicker than screens.
  private var typed: [UInt8] = []

  /// Nil where there is no terminal that could be drawn on: a pipe, a file, or `TERM=dumb`.
  public init?() {
    var settings = termios()
    let kind = getenv("TERM").map { String(cString: $0) } ?? "dumb"
    guard kind != "dumb", isatty(Self.input) == 1, isatty(1) == 1,
      tcgetattr(Self.input, &settings) == 0
    else { return nil }
    before = settings
    cfmakeraw(&settings)
    // Lines we write still begin at the left edge.
    settings.c_oflag |= tcflag_t(OPOST)
    tcsetattr(Self.input, TCSAFLUSH, &settings)
  }

  deinit { restore() }

  public func restore() {
    var settings = before
    tcsetattr(Self.input, TCSAFLUSH, &settings)
  }

  public var size: Size {
    var window = winsize()
    guard ioctl(Self.input, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else {
      return Size(columns: 80, rows: 24)
    }
    return Size(columns: Int(window.ws_col), rows: Int(window.ws_row))
  }

  /// The next key, or nil when the time is over or the window changed its size.
  public func key(within patience: TimeSpan) -> Key? {
    if typed.isEmpty {
      var wait = pollfd(fd: Self.input, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, Int32(clamping: max(.zero, patience).milliseconds)) > 0 else {
        return Stopping.isAsked ? .interrupt : nil
      }
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = read(Self.input, &bytes, bytes.count)
      guard count > 0 else { return count < 0 && errno == EINTR ? nil : .interrupt }
      typed = Array(bytes.prefix(count))
    }
    return nextTyped()
  }

  private func nextTyped() -> Key? {
    switch typed[0] {
    case 3, 4:
      typed.removeFirst()
      return .interrupt
    case 13, 10:
      typed.removeFirst()
      return .enter
    case 27:
      // A lone escape; with more behind it an arrow or a function key, which mean nothing here.
      let isLone = typed.count == 1
      typed = []
      return isLone ? .escape : nil
    default:
      guard let first = String(decoding: typed, as: UTF8.self).first else { return nil }
      typed.removeFirst(min(first.utf8.count, typed.count))
      return .character(first)
    }
  }
}

/// Set by Ctrl-C, `kill` and a hang-up. Loops look at it between two turns and end in good order.
public enum Stopping {
  private static let flag = Atomic<Bool>(false)

  public static var isAsked: Bool { flag.load(ordering: .relaxed) }

  /// Whoever started us may have blocked what shall end us; threads and children would inherit it. So
  /// this comes before either is made.
  public static func listen() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { @Sendable _ in Stopping.flag.store(true, ordering: .relaxed) }
      sigaddset(&signals, number)
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}
