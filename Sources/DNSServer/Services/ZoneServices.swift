import DNSModel
import Notation
import SystemIO

/// The zones that live: updates, transfers, notifications, and every message with a signature.
/// Requests come from any thread.
public final class ZoneServices: RequestHandler, @unchecked Sendable {
  /// What the rest of the server does for this part.
  public struct Surroundings: Sendable {
    public var zones: @Sendable () -> ServedZones
    /// Everyone sees the zone as it is now; the names that changed in it, or nil for all.
    public var publish: @Sendable (Zone, _ changes: [DomainName]?) -> Void
    public var expire: @Sendable (DomainName) -> Void
    public var log: @Sendable (String) -> Void

    public init(
      zones: @escaping @Sendable () -> ServedZones,
      publish: @escaping @Sendable (Zone, _ changes: [DomainName]?) -> Void,
      expire: @escaping @Sendable (DomainName) -> Void,
      log: @escaping @Sendable (String) -> Void
    ) {
      self.zones = zones
      self.publish = publish
      self.expire = expire
      self.log = log
    }

    /// Around a shelf.
    public init(_ shelf: ZoneShelf, log: @escaping @Sendable (String) -> Void) {
      self.init(
        zones: { shelf.zones },
        publish: { zone, changes in
          // Of a zone that comes whole, only what differs is taken: its states share the rest.
          if changes == nil { shelf.renew([zone]) } else { shelf.publish(zone, changes: changes) }
        },
        expire: { shelf.markExpired($0) }, log: log)
    }
  }

  private struct Shared {
    var replays = ReplayMemory()
    var histories: [DomainName: TransferHistory] = [:]
  }

  private let options: ZoneServicesOptions
  private let surroundings: Surroundings
  /// One thread writes, another talks to primaries and secondaries: a slow disk delays no NOTIFY,
  /// and a long transfer no update.
  private let writing: EventLoop
  private let talking: EventLoop
  private var threads: [Thread] = []
  private let shared = Mutex(Shared())
  private let desk: UpdateDesk
  private let secondaries: [DomainName: SecondaryDesk]
  /// The latest NOTIFY to each target, by zone; on the talking thread.
  private var notifications: [DomainName: [NotifyAttempt]] = [:]

  public init(
    _ options: ZoneServicesOptions, _ surroundings: Surroundings
  ) throws(SystemError) {
    self.options = options
    self.surroundings = surroundings
    writing = try EventLoop()
    talking = try EventLoop()
    let (shared, talking) = (shared, talking)
    let relay = Relay()
    desk = UpdateDesk(
      options: options, loop: writing,
      events: UpdateDesk.Events(
        publish: { zone, steps in
          shared.withLock { $0.histories[zone.origin, default: TransferHistory()].append(steps) }
          surroundings.publish(zone, steps.flatMap(\.changes).map(\.owner))
          talking.post { relay.services?.tell(of: zone) }
        }, log: surroundings.log))
    var secondaries: [DomainName: SecondaryDesk] = [:]
    for source in options.secondaries {
      let origin = source.zone
      secondaries[origin] = SecondaryDesk(
        source: source, key: source.key.flatMap(options.keys.key(named:)),
        keeper: options.copyPath(of: origin).map {
          SecondaryKeeper(SecondaryCopy(of: origin, at: $0), log: surroundings.log)
        }, limits: options.transferLimits, on: talking,
        events: SecondaryDesk.Events(
          publish: { zone in
            surroundings.publish(zone, nil)
            relay.services?.tell(of: zone)
            return surroundings.zones()[origin] ?? zone
          }, expired: { surroundings.expire(origin) }, log: surroundings.log))
    }
    self.secondaries = secondaries
    relay.services = self
  }

  /// Breaks the circle of construction: the desks tell the services, which own the desks.
  private final class Relay: @unchecked Sendable {
    weak var services: ZoneServices?
  }

  private static var now: UInt64 { UInt64(clamping: SystemClock.wall().seconds) }

  // MARK: Beginning and end

  /// A zone from its file, with the acknowledged updates that are not in the file yet. Call it before
  /// the zone is served, and again when the file was read anew.
  public func takeUp(_ zone: Zone, zonePath: String) throws -> Zone {
    try desk.takeUp(zone, zonePath: zonePath)
  }

  /// The same for zones whose files were read anew. They are published before the next update is taken:
  /// none that is acknowledged meanwhile is put back. The notify targets are told of a new serial. What
  /// cannot be taken up is said by origin.
  public func renew(
    _ read: [(zone: Zone, path: String)], publish: ([Zone]) -> Void
  ) -> [DomainName: any Error] {
    let before = surroundings.zones()
    let failures = desk.renew(read, publish: publish)
    let after = surroundings.zones()
    for (read, _) in read {
      guard let zone = after[read.origin], zone.serial != before[read.origin]?.serial else {
        continue
      }
      talking.post { [weak self] in self?.tell(of: zone) }
    }
    return failures
  }

  /// The secondaries begin to ask, and the notify targets are told what there is.
  public func start() throws(SystemError) {
    let desks = options.secondaries.compactMap { secondaries[$0.zone] }
    let (writing, talking) = (writing, talking)
    talking.post { [weak self] in
      for desk in desks { desk.start() }
      guard let self else { return }
      let zones = surroundings.zones()
      for origin in zones.origins { zones[origin].map(self.tell) }
    }
    threads = [
      try Thread("zones") { writing.run() }, try Thread("peers") { talking.run() },
    ]
  }

  /// What was taken is finished; the zone files are brought up to date.
  public func stop() {
    writing.stop()
    talking.stop()
    for thread in threads { thread.join() }
    threads = []
    for secondary in secondaries.values { secondary.finish() }
    desk.foldAll()
  }

  /// Tells the notify targets that the zone changed; on the talking thread.
  private func tell(of zone: Zone) {
    guard let soa = TransferAnswer.soa(of: zone) else { return }
    for old in notifications[zone.origin] ?? [] { old.cancel() }
    let targets = options.notifyTargets.filter { $0.zone == nil || $0.zone == zone.origin }
    let log = surroundings.log
    notifications[zone.origin] = targets.map { target in
      NotifyAttempt(
        zone: zone.origin, soa: soa, secondary: target.address,
        key: target.key.flatMap(options.keys.key(named:)), on: talking
      ) { reason in
        if let reason { log("\(zone.origin), serial \(zone.serialText): \(reason)") }
      }
    }
    for attempt in notifications[zone.origin] ?? [] { attempt.start() }
  }

  // MARK: Requests

  public func handle(
    _ request: SpecialRequest, reply: @escaping @Sendable (SpecialReply) -> Void
  ) {
    let now = Self.now
    let opening = RequestOpening.open(
      request.bytes, from: request.peer.address, over: request.query.transport, keys: options.keys,
      now: now)
    switch opening {
    case .silence: reply(.silence)
    case .answered(let answer, let reason):
      surroundings.log("\(request.peer): refused: \(reason)")
      reply(.message(answer))
    case .opened(let opened):
      let code = opened.message.header.opcode
      if code == .update { return update(opened, from: request.peer, reply: reply) }
      if code == .notify {
        return reply(.message(opened.answer(notify(opened, from: request.peer), now: now)))
      }
      guard let question = opened.message.questions.first,
        question.type == .axfr || question.type == .ixfr
      else { return reply(ordinary(opened, request.zones, now: now)) }
      reply(transfer(question, opened, request.zones, from: request.peer))
    }
  }

  /// A question like any other, but signed: so is its answer.
  private func ordinary(
    _ request: RequestOpening, _ zones: ServedZones, now: UInt64
  ) -> SpecialReply {
    var responder = Responder(zones, version: options.version)
    responder.fitting.reserve = request.reserve
    switch responder.respond(to: request.bytes, over: request.transport) {
    case .reply(let answer, _): return .message(request.signed(answer, now: now))
    case .silence: return .silence
    case .special: return .message(request.answer(.notImplemented, now: now))
    }
  }

  // MARK: Updates

  private func update(
    _ request: RequestOpening, from peer: SocketAddress,
    reply: @escaping @Sendable (SpecialReply) -> Void
  ) {
    func refused(_ refusal: UpdateRefusal) {
      surroundings.log("\(peer): update refused: \(refusal)")
      reply(.message(request.answer(refusal.code, now: Self.now)))
    }
    let update: UpdateRequest
    do throws(UpdateRefusal) {
      update = try UpdateRequest(request.message)
    } catch {
      return refused(error)
    }
    guard update.zoneClass == .internet, surroundings.zones()[update.zone] != nil else {
      return refused(UpdateRefusal(.notAuthoritative, "\(update.zone) is not a zone of ours"))
    }
    guard secondaries[update.zone] == nil else {
      return refused(UpdateRefusal(.refused, "\(update.zone) is a secondary here"))
    }
    guard options.updates.allows(request.requester, zone: update.zone) else {
      return refused(UpdateRefusal(.refused, "no --allow-update for this requester"))
    }
    let mac = request.requester.key == nil ? nil : request.signature?.mac
    if let mac, let signature = request.signature {
      let until = signature.timeSigned + UInt64(signature.fudge)
      switch shared.withLock({ $0.replays.look(for: mac, until: until, now: Self.now) }) {
      case .new: break
      case .underway: return reply(.silence)
      case .answered(let code):
        let code = ResponseCode(rawValue: code)
        return reply(.message(request.answer(code, now: Self.now)))
      }
    }
    let shared = shared
    desk.submit(
      UpdateDesk.Pending(zone: update.zone, update: update, requester: request.requester) { code in
        if let mac {
          // What failed may be tried again; what was decided stays decided.
          shared.withLock { shared in
            if code == .serverFailure {
              shared.replays.forget(mac)
            } else {
              shared.replays.answered(mac, with: code.rawValue)
            }
          }
        }
        reply(.message(request.answer(code, now: Self.now)))
      })
  }

  // MARK: Notifications

  /// RFC 1996 §3. Believed from a primary's address, or where a rule allows it.
  private func notify(_ request: RequestOpening, from peer: SocketAddress) -> ResponseCode {
    guard let question = request.message.questions.first, request.message.questions.count == 1,
      question.type == .soa
    else { return .formatError }
    guard question.recordClass == .internet, let desk = secondaries[question.name] else {
      return .notAuthoritative
    }
    let primaries = options.secondaries.first { $0.zone == question.name }?.primaries ?? []
    guard
      primaries.contains(where: { $0.address == peer.address })
        || options.notifies.allows(request.requester, zone: question.name)
    else { return .refused }
    // §3.11: an old or repeated one asks for nothing, unless the zone has expired: to know that the
    // primary is back and has nothing new brings it to life.
    let offered = request.message.answers.first { $0.data.type == .soa }?.data.soa?.serial
    let zones = surroundings.zones()
    if let offered, let served = zones[question.name]?.serial, !offered.isLater(than: served),
      !zones.isExpired(question.name)
    {
      return .noError
    }
    talking.post { desk.notified() }
    return .noError
  }

  // MARK: Transfers

  private func transfer(
    _ question: Question, _ request: RequestOpening, _ zones: ServedZones, from peer: SocketAddress
  ) -> SpecialReply {
    let now = Self.now
    // AXFR needs a stream (RFC 5936 §4.2).
    guard question.type == .ixfr || request.transport == .tcp else {
      return .message(request.answer(.formatError, now: now))
    }
    guard question.recordClass == .internet, let zone = zones[question.name] else {
      return .message(request.answer(.notAuthoritative, now: now))
    }
    guard options.transfers.allows(request.requester, zone: zone.origin) else {
      surroundings.log("\(peer): transfer of \(zone.origin) refused: no --allow-transfer for it")
      return .message(request.answer(.refused, now: now))
    }
    guard !zones.isExpired(zone.origin) else {
      return .message(request.answer(.serverFailure, now: now))
    }
    var records = TransferAnswer.whole(zone)
    if question.type == .ixfr {
      // RFC 1995 §3: the authority section says what the asker has.
      guard let soa = request.message.authorities.first(where: { $0.data.type == .soa }),
        soa.owner == zone.origin, let serial = soa.data.soa?.serial
      else { return .message(request.answer(.formatError, now: now)) }
      let history = shared.withLock { $0.histories[zone.origin] } ?? TransferHistory()
      records = TransferAnswer.incremental(zone, since: serial, history: history)
    }
    guard let records else { return .message(request.answer(.serverFailure, now: now)) }
    guard request.transport == .tcp else {
      return .message(request.signed(single(question, request, zone, records), now: now))
    }
    let writer = TransferWriter(
      answering: request.message, question: question, records: records, reserve: request.reserve)
    let stream = ResponseStream(writer, signer: request.signer)
    let log = surroundings.log
    return .stream {
      do throws(TransferCutShort) {
        return try stream.next(now: Self.now).map { .message($0) } ?? .end
      } catch {
        log("\(peer): transfer of \(question.name) failed: \(error)")
        return .broken
      }
    }
  }

  /// RFC 1995 §2: over UDP all of it in one message, or the SOA alone, and the asker turns to TCP.
  private func single(
    _ question: Question, _ request: RequestOpening, _ zone: Zone,
    _ records: AnyIterator<ResourceRecord>
  ) -> [UInt8] {
    let limit = ResponseFitting().limit(request.message.edns, .udp) - request.reserve
    // More records than bytes do not fit for sure: a large zone is not gathered for that.
    let gathered = Array(records.prefix(limit / 12 + 1))
    var header = ResponseFitting.header(answering: request.message.header)
    header.isAuthoritative = true
    var answer = Message(
      header: header, questions: [question], answers: gathered,
      edns: request.message.edns.map { EDNS(dnssecOK: $0.dnssecOK) })
    let whole = answer.encoded()
    if whole.count <= limit { return whole }
    answer.answers = TransferAnswer.soa(of: zone).map { [$0] } ?? []
    return answer.encoded()
  }
}
