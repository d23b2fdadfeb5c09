import Glibc

/// Something that reads bytes from outside, and what must hold whatever the bytes are. What does
/// not hold aborts: libFuzzer takes it for a crash and keeps the bytes.
struct FuzzTarget: Sendable {
  let name: String
  /// Where the search begins: libFuzzer finds its way from good input much sooner than from none.
  let seeds: @Sendable () -> [[UInt8]]
  let run: @Sendable ([UInt8]) -> Void
}

extension FuzzTarget {
  static let all = [
    messages, records, zones, plans, yaml, answers, updates, signatures, transfers, journals,
    certificates, handshakes, clients, containers,
    json,
  ]

  /// The one that was asked for. libFuzzer calls a C function, which can carry nothing along.
  nonisolated(unsafe) static var chosen: FuzzTarget?
}

/// A promise about what was read. (Not `precondition`: optimised, that says nothing.)
func hold(_ condition: Bool, _ promise: String) {
  if !condition { broken(promise) }
}

func broken(_ promise: String) -> Never {
  print("broken: \(promise)")
  fflush(nil)
  abort()
}
