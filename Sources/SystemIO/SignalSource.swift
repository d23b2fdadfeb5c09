import CLinux
import Glibc

/// Signals as something to wait for. Make it before any thread: threads inherit what is blocked.
public final class SignalSource: Sendable {
  public let descriptor: Descriptor

  public init(_ signals: [Int32]) throws(SystemError) {
    let number = clinux_signals(signals, signals.count)
    guard number >= 0 else { throw SystemError("signalfd", errno) }
    descriptor = Descriptor(owning: number)
  }

  /// The next signal that came; nil when none did.
  public func next() -> Int32? {
    let signal = clinux_next_signal(descriptor.number)
    return signal == 0 ? nil : signal
  }
}
