import DNSModel
import SystemIO

/// Keeps a secondary's copy on disk up to date, on a thread of its own: a large zone or a slow disk must
/// not keep the peers waiting. Of several zones that wait only the last is written.
final class SecondaryKeeper: Sendable {
  private struct State {
    /// To be written. It stays until it is on disk: what failed is tried again with the next occasion.
    var zone: Zone?
    var number = 0
    var wantsConfirmation = false
    var isAtWork = false
    var thread: Thread?
  }

  let copy: SecondaryCopy
  private let log: @Sendable (String) -> Void
  private let state = Mutex(State())

  init(_ copy: SecondaryCopy, log: @escaping @Sendable (String) -> Void) {
    self.copy = copy
    self.log = log
  }

  func keep(_ zone: Zone) {
    state.withLock { state in
      state.zone = zone
      state.number += 1
    }
    begin()
  }

  /// The primary has what is served here.
  func confirm() {
    state.withLock { $0.wantsConfirmation = true }
    begin()
  }

  /// What is being written is on disk when it returns.
  func finish() { state.withLock { $0.thread }?.join() }

  private func begin() {
    state.withLock { state in
      guard !state.isAtWork else { return }
      state.isAtWork = true
      state.thread?.join()
      state.thread = try? Thread("dns-copy") { [self] in work() }
      // Without a thread nothing is written now; the next occasion tries again.
      if state.thread == nil { state.isAtWork = false }
    }
  }

  private enum Step {
    case write(Zone, number: Int)
    case confirm
  }

  private func work() {
    while let step = next() {
      do throws(FileError) {
        switch step {
        case .write(let zone, let number):
          try copy.write(zone)
          state.withLock { if $0.number == number { $0.zone = nil } }
        case .confirm: try copy.confirm()
        }
      } catch {
        log("\(copy.zone): not kept on disk, served from memory all the same: \(error)")
        return state.withLock { $0.isAtWork = false }
      }
    }
  }

  /// A copy that is behind must not be said to be fresh: what waits is written first, which confirms it.
  private func next() -> Step? {
    state.withLock { state in
      if let zone = state.zone {
        state.wantsConfirmation = false
        return .write(zone, number: state.number)
      }
      if state.wantsConfirmation {
        state.wantsConfirmation = false
        return .confirm
      }
      state.isAtWork = false
      return nil
    }
  }
}
