/// What went wrong and is so still, for those who look from another process: a file that is there for as long
/// as the trouble lasts. What cannot be noted is told only once, as if there were no note.
public struct TroubleNote: Hashable, Sendable {
  private let path: String

  public init(_ path: String) { self.path = path }

  public var text: String? {
    guard AtomicFile.exists(path), let bytes = try? AtomicFile.read(path, limit: 1 << 16) else {
      return nil
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  public func write(_ text: String) {
    if text != self.text { try? AtomicFile.replace(path, with: Array(text.utf8)) }
  }

  public func clear() {
    if AtomicFile.exists(path) { try? PrivateDirectory.remove(path) }
  }
}
