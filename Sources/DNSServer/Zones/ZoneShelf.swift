import DNSModel
import Synchronization
import SystemIO

/// What is served, exchanged as a whole: whoever reads sees the zones before a change or after it,
/// never a moment without an answer (design, rule R4).
public final class ZoneShelf: Sendable {
  /// One moment of it.
  public final class Snapshot: Sendable {
    public let zones: ServedZones
    let compiled: CompiledAnswers
    public let generation: Int

    init(zones: ServedZones, compiled: CompiledAnswers, generation: Int) {
      self.zones = zones
      self.compiled = compiled
      self.generation = generation
    }

    public var compiledNameCount: Int { compiled.nameCount }
    public var compiledByteCount: Int { compiled.byteCount }
  }

  private let snapshot: SystemIO.Mutex<Snapshot>
  private let writer: SystemIO.Mutex<AnswerCompiler>
  private let generation = Atomic<Int>(0)
  let history = ZoneHistory()

  public init(_ zones: [Zone] = []) {
    for zone in zones { history.note(zone) }
    let served = ServedZones(zones)
    let (compiled, compiler) = AnswerCompiler.compile(served)
    snapshot = SystemIO.Mutex(Snapshot(zones: served, compiled: compiled, generation: 0))
    writer = SystemIO.Mutex(compiler)
  }

  public var current: Snapshot { snapshot.withLock { $0 } }

  public var zones: ServedZones { current.zones }

  /// `known`, or the newer one there is: a thread that answers asks this once for each batch, and
  /// only a change costs it a lock.
  @inline(__always)
  func refreshed(_ known: Snapshot) -> Snapshot {
    generation.load(ordering: .acquiring) == known.generation ? known : current
  }

  /// Puts a zone on the shelf, in the place of the one with the same origin. Seen by every question
  /// that arrives after this returns. `changes`: the names whose records differ, where that is known;
  /// only what depends on them is compiled anew.
  public func publish(_ zone: Zone, changes: [DomainName]? = nil) {
    history.note(zone)
    change(names: changes) { $0.set(zone) }
  }

  /// All zones at once: what is not among them is no longer served.
  public func replaceAll(with zones: [Zone]) {
    for zone in zones { history.note(zone) }
    change { $0 = ServedZones(zones) }
  }

  public func remove(_ origin: DomainName) { change { $0.remove(origin) } }

  /// Answers SERVFAIL for the zone until it is published again (RFC 1034 §4.3.5).
  public func markExpired(_ origin: DomainName) { change { $0.markExpired(origin) } }

  private func change(names: [DomainName]? = nil, _ body: (inout ServedZones) -> Void) {
    writer.withLock { compiler in
      let before = current
      var zones = before.zones
      body(&zones)
      let compiled: CompiledAnswers
      if let names, let updated = compiler.recompile(zones, names) {
        compiled = updated
      } else {
        (compiled, compiler) = AnswerCompiler.compile(zones)
      }
      let next = Snapshot(
        zones: zones, compiled: compiled, generation: before.generation + 1)
      snapshot.withLock { $0 = next }
      generation.store(next.generation, ordering: .releasing)
    }
  }
}
