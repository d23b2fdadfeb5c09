@preconcurrency import Glibc
import Notation
import SystemIO

/// The only place that prints. Results go to stdout, progress and complaints to stderr; a reader
/// that has gone away (`| head`) ends the output quietly.
struct Console: Sendable {
  let wantsJSON: Bool
  let usesColor: Bool

  init(wantsJSON: Bool = false, allowsColor: Bool = true) {
    self.wantsJSON = wantsJSON
    usesColor =
      allowsColor && isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil
      && getenv("TERM").map { String(cString: $0) } != "dumb"
  }

  /// How wide the terminal is that results are printed on; nil when they go elsewhere.
  var columns: Int? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// A line of the result.
  func result(_ text: String) { Self.write(text + "\n", to: STDOUT_FILENO) }

  func result(_ json: JSON) { result(json.pretty) }

  /// A line about what is going on.
  func progress(_ text: String) { Self.write(text + "\n", to: STDERR_FILENO) }

  /// A line about what went wrong.
  func complain(_ text: String) { Self.write("cutover: " + text + "\n", to: STDERR_FILENO) }

  /// Bytes as they are: control sequences of the live views.
  func raw(_ text: String) { Self.write(text, to: STDOUT_FILENO) }

  enum Ink: String {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case bold = "1"
    case dim = "2"
  }

  func ink(_ ink: Ink, _ text: String) -> String {
    usesColor ? "\u{1b}[\(ink.rawValue)m\(text)\u{1b}[0m" : text
  }

  /// Why part of the result is lost; nil where all of it was written, or its reader has gone away.
  static var lostResult: String? {
    let number = lost.withLock { $0 }
    return number == 0 ? nil : String(cString: strerror(number))
  }

  private static let lost = Mutex<Int32>(0)

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count > 0 else {
        let number = errno
        if descriptor == STDOUT_FILENO, number != EPIPE { lost.withLock { $0 = number } }
        return
      }
      bytes = bytes.dropFirst(count)
    }
  }
}
