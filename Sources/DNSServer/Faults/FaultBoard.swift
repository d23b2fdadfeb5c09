import DNSModel
import Notation
import Synchronization
import SystemIO

/// The faults that are on, each with the dice it throws. May be changed at run time.
public final class FaultBoard: Sendable {
  private struct Entry {
    let number: Int
    let rule: FaultRule
    var dice: UInt64
    var isSpent = false
    /// What a rule that keeps the zones as they were keeps.
    let kept: ServedZones?
  }

  private struct State {
    var entries: [Entry] = []
    var lastNumber = 0
  }

  private let state = SystemIO.Mutex(State())
  private let active = Atomic<Bool>(false)
  private let history: ZoneHistory

  init(history: ZoneHistory) { self.history = history }

  @inline(__always)
  var isActive: Bool { active.load(ordering: .relaxed) }

  /// Switches a fault on; gives the number it is switched off by.
  @discardableResult
  public func add(_ rule: FaultRule, zones: ServedZones) -> Int {
    state.withLock { state in
      state.lastNumber += 1
      let keeps = rule.kind == .stale(nil)
      state.entries.append(
        Entry(
          number: state.lastNumber, rule: rule, dice: rule.seed, kept: keeps ? zones : nil))
      active.store(true, ordering: .relaxed)
      return state.lastNumber
    }
  }

  /// Switches one off, or all; gives how many that were.
  @discardableResult
  public func remove(_ number: Int? = nil) -> Int {
    state.withLock { state in
      let before = state.entries.count
      state.entries.removeAll { number == nil || $0.number == number }
      active.store(!state.entries.isEmpty, ordering: .relaxed)
      return before - state.entries.count
    }
  }

  public var rules: [(number: Int, rule: FaultRule)] {
    state.withLock { $0.entries.map { ($0.number, $0.rule) } }
  }

  /// What befalls this question.
  func plan(for question: Question, from peer: SocketAddress, zones: ServedZones) -> FaultPlan {
    let zone = zones.zone(enclosing: question.name)?.origin
    return state.withLock { state in
      var plan = FaultPlan(zones: zones)
      for index in state.entries.indices where !state.entries[index].isSpent {
        let entry = state.entries[index]
        guard entry.rule.concerns(question.name, zone, peer),
          Self.roll(&state.entries[index].dice) < entry.rule.share
        else { continue }
        plan.names.append(entry.rule.description)
        if entry.rule.kind == .nameErrorOnce { state.entries[index].isSpent = true }
        apply(entry.rule.kind, kept: entry.kept, origin: zone, to: &plan)
      }
      return plan
    }
  }

  private func apply(
    _ kind: FaultRule.Kind, kept: ServedZones?, origin: DomainName?, to plan: inout FaultPlan
  ) {
    switch kind {
    case .delay(let span): plan.delay = (plan.delay ?? .zero) + span
    case .stale(nil):
      if let origin, let old = kept?[origin] { plan.zones.set(old) }
    case .stale(let span?):
      if let origin, let old = history.zone(origin, before: span) { plan.zones.set(old) }
    case .frozen(let serial):
      if let origin, let old = history.zone(origin, at: serial) { plan.zones.set(old) }
    case .leastTTL(let ttl): plan.leastTTL = ttl
    case .fixedTTL(let ttl): plan.fixedTTL = ttl
    case .drop, .serverFailure, .refused, .truncate, .lame, .wrongID, .nameErrorOnce:
      plan.kinds.insert(kind)
    }
  }

  /// SplitMix64: the same seed gives the same sequence, question by question.
  private static func roll(_ state: inout UInt64) -> UInt32 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return UInt32((mixed ^ (mixed >> 31)) % 1_000_000)
  }
}

extension FaultRule {
  fileprivate func concerns(
    _ question: DomainName, _ origin: DomainName?, _ peer: SocketAddress
  ) -> Bool {
    if let zone, zone != origin { return false }
    if let name, !question.isWithin(name) { return false }
    if let client, !client.contains(peer.address) { return false }
    return true
  }
}

/// What is done to one answer.
struct FaultPlan {
  var zones: ServedZones
  var names: [String] = []
  var kinds: Set<FaultRule.Kind> = []
  var delay: TimeSpan?
  var leastTTL: TTL?
  var fixedTTL: TTL?

  init(zones: ServedZones) { self.zones = zones }

  func respond(to query: Query, _ responder: Responder) -> Responder.Outcome {
    if kinds.contains(.drop) { return .silence }
    var asked = query
    if kinds.contains(.wrongID) { asked.header.id ^= 0x5555 }
    let responder = responder.serving(zones)
    for (kind, code) in [
      (FaultRule.Kind.serverFailure, ResponseCode.serverFailure), (.refused, .refused),
    ] where kinds.contains(kind) {
      return responder.reply(to: asked, with: Answer(code: code))
    }
    if kinds.contains(.lame) { return responder.reply(to: asked, with: Answer()) }
    var answer = responder.answer(query)
    if kinds.contains(.truncate), query.transport == .udp { answer.isTruncated = true }
    if kinds.contains(.nameErrorOnce) {
      answer.code = .nameError
      answer.answers = []
      answer.additionals = []
      answer.authorities = responder.negativeAuthority(for: query.question.name)
    }
    for section in [\Answer.answers, \Answer.authorities, \Answer.additionals] {
      for index in answer[keyPath: section].indices {
        let ttl = answer[keyPath: section][index].ttl
        answer[keyPath: section][index].ttl = fixedTTL ?? max(ttl, leastTTL ?? .zero)
      }
    }
    return responder.reply(to: asked, with: answer)
  }
}
