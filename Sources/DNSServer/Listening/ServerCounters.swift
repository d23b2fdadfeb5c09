import DNSModel
import Synchronization

/// What one thread did. Only that thread writes, so nothing is locked; whoever reads sees figures a
/// moment old.
final class ThreadCounters: Sendable {
  private let compiled = Atomic<UInt64>(0)
  private let built = Atomic<UInt64>(0)
  private let silent = Atomic<UInt64>(0)
  private let truncated = Atomic<UInt64>(0)
  private let faulted = Atomic<UInt64>(0)
  private let bytes = Atomic<UInt64>(0)
  private let codes: [Cell] = (0..<24).map { _ in Cell() }

  private final class Cell: Sendable {
    let value = Atomic<UInt64>(0)
  }

  @inline(__always)
  private static func raise(_ counter: borrowing Atomic<UInt64>, by amount: Int = 1) {
    // The only writer: no locked instruction is needed.
    let value = counter.load(ordering: .relaxed)
    counter.store(value &+ UInt64(truncatingIfNeeded: amount), ordering: .relaxed)
  }

  /// An answer left; `third` and `fourth` are the flag bytes of its header.
  @inline(__always)
  func answered(_ count: Int, third: UInt8, fourth: UInt8, wasCompiled: Bool) {
    if wasCompiled { Self.raise(compiled) } else { Self.raise(built) }
    Self.raise(bytes, by: count)
    if third & 0x02 != 0 { Self.raise(truncated) }
    Self.raise(codes[Int(fourth & 0xF)].value)
  }

  func stayedSilent() { Self.raise(silent) }
  func hadFault() { Self.raise(faulted) }

  func add(to totals: inout ServerTotals) {
    totals.compiled += compiled.load(ordering: .relaxed)
    totals.built += built.load(ordering: .relaxed)
    totals.silent += silent.load(ordering: .relaxed)
    totals.truncated += truncated.load(ordering: .relaxed)
    totals.faulted += faulted.load(ordering: .relaxed)
    totals.bytes += bytes.load(ordering: .relaxed)
    for (index, cell) in codes.enumerated() {
      totals.codes[index] += cell.value.load(ordering: .relaxed)
    }
  }
}

/// The sum over all threads.
public struct ServerTotals: Hashable, Sendable {
  /// Answers that were copied and patched, and those that were built.
  public internal(set) var compiled: UInt64 = 0
  public internal(set) var built: UInt64 = 0
  /// Datagrams that got no answer.
  public internal(set) var silent: UInt64 = 0
  public internal(set) var truncated: UInt64 = 0
  public internal(set) var faulted: UInt64 = 0
  public internal(set) var bytes: UInt64 = 0
  /// By the header's response code.
  public internal(set) var codes = [UInt64](repeating: 0, count: 24)

  public var answered: UInt64 { compiled + built }
}
