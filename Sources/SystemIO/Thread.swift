import CLinux
import Glibc

/// A thread of the operating system. (The task pool is as wide as the machine has cores: what blocks
/// has no place there.)
public final class Thread: @unchecked Sendable {
  private var handle = pthread_t()
  private var isJoined = false

  /// The body is formed by the caller; it runs once, on the new thread.
  public init(
    _ name: String = "", _ body: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    let box = Unmanaged.passRetained(Body(name: name, run: body))
    let code = pthread_create(&handle, nil, threadMain, box.toOpaque())
    guard code == 0 else {
      box.release()
      throw SystemError("a thread", code)
    }
  }

  /// Waits for its end. Once.
  public func join() {
    guard !isJoined else { return }
    isJoined = true
    pthread_join(handle, nil)
  }

  fileprivate final class Body: Sendable {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }
}

private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  let body = Unmanaged<Thread.Body>.fromOpaque(argument).takeRetainedValue()
  if !body.name.isEmpty { clinux_name_thread(body.name) }
  body.run()
  return nil
}
