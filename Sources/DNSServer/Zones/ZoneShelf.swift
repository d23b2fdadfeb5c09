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
    history.note(zone, changed: changes?.count)
    change(names: changes) { $0.set(zone) }
  }

  /// The first zones. They are served when this returns; the answers of many names are compiled only by
  /// `compile`, and built one by one until then, so that nobody waits for a table.
  public func begin(with zones: [Zone]) {
    for zone in zones { history.note(zone) }
    writer.withLock { compiler in
      let served = ServedZones(zones)
      guard zones.reduce(0, { $0 + $1.nameCount }) > Self.smallSize else {
        let (compiled, full) = AnswerCompiler.compile(served)
        compiler = full
        return show(served, compiled)
      }
      let (compiled, empty) = AnswerCompiler.compile(ServedZones())
      compiler = empty
      show(served, compiled)
    }
  }

  /// Compiled in milliseconds.
  private static let smallSize = 1000

  /// What `begin` left to do, if no change has done it meanwhile.
  public func compile() {
    writer.withLock { compiler in
      let zones = current.zones
      guard !zones.hasSameStanding(as: compiler.zones) else { return }
      let (compiled, full) = AnswerCompiler.compile(zones)
      compiler = full
      show(zones, compiled)
    }
  }

  /// Zones read anew. What is as it was is left alone, of a zone that differs only the difference is taken
  /// (so that its earlier states share the rest with it), and what is new is compiled in one go.
  public func renew(_ zones: [Zone]) {
    var unknown: [Zone] = []
    for zone in zones {
      let served = self.zones
      guard let old = served[zone.origin], !served.isExpired(zone.origin), zone.isSpelled(like: old)
      else {
        unknown.append(zone)
        continue
      }
      let difference = ZoneDifference(from: old, to: zone)
      guard !difference.isEmpty else { continue }
      publish(old.applying(difference), changes: difference.changes.map(\.owner))
    }
    guard !unknown.isEmpty else { return }
    for zone in unknown { history.note(zone) }
    change { served in
      for zone in unknown { served.set(zone) }
    }
  }

  public func remove(_ origin: DomainName) { change { $0.remove(origin) } }

  /// Answers SERVFAIL for the zone until it is published again (RFC 1034 §4.3.5).
  public func markExpired(_ origin: DomainName) { change { $0.markExpired(origin) } }

  private func change(names: [DomainName]? = nil, _ body: (inout ServedZones) -> Void) {
    writer.withLock { compiler in
      var zones = current.zones
      body(&zones)
      let compiled: CompiledAnswers
      if let names, let updated = compiler.recompile(zones, names) {
        compiled = updated
      } else {
        (compiled, compiler) = AnswerCompiler.compile(zones)
      }
      show(zones, compiled)
    }
  }

  private func show(_ zones: ServedZones, _ compiled: CompiledAnswers) {
    let next = Snapshot(zones: zones, compiled: compiled, generation: current.generation + 1)
    snapshot.withLock { $0 = next }
    generation.store(next.generation, ordering: .releasing)
  }
}

extension Zone {
  /// Whether the names that both have are written in the same letters.
  fileprivate func isSpelled(like other: Zone) -> Bool {
    unorderedNodes.allSatisfy { node in
      guard let known = other.node(at: node.owner) else { return true }
      return known.owner.wire == node.owner.wire
        && node.sets.allSatisfy { set in
          known[set.type].map { $0.owner.wire == set.owner.wire } ?? true
        }
    }
  }
}
