import DNSModel
import Notation

/// Finds an answer from the root down, through a cache with a habit. Who really asks, and what time it
/// is, comes from outside.
struct Recursion {
  struct Reply: Hashable {
    var code = ResponseCode.noError
    var records: [ResourceRecord] = []
  }

  enum Answer {
    case message(Message)
    case silence
  }

  typealias Ask = (Question, IPAddress) -> Answer

  private enum Finding {
    case found(ResolverCache.Hit)
    case failed
  }

  var cache: ResolverCache
  private let root: IPAddress
  /// Whom to ask below a name, and until when that is remembered.
  private var servers: [DomainName: (addresses: [IPAddress], ends: TimeSpan)] = [:]
  private var turn = 0
  private static let hopLimit = 12

  init(habit: ResolverHabit, root: IPAddress) {
    cache = ResolverCache(habit)
    self.root = root
  }

  mutating func resolve(_ question: Question, at now: TimeSpan, ask: Ask) -> Reply {
    var reply = Reply()
    var name = question.name
    for _ in 0..<Self.hopLimit {
      guard case .found(let hit) = lookUp(name, question.type, at: now, ask) else {
        return Reply(code: .serverFailure)
      }
      switch hit.content {
      case .denied(let code):
        reply.code = code
        return reply
      case .records(let data):
        reply.records += data.map { ResourceRecord(owner: name, ttl: hit.left, data: $0) }
        guard question.type != .cname, let target = data.first?.cnameTarget else { return reply }
        name = target
      }
    }
    return Reply(code: .serverFailure)
  }

  /// The alias at a name goes before what was asked for, as it may be in the cache already.
  private mutating func lookUp(
    _ name: DomainName, _ type: RecordType, at now: TimeSpan, _ ask: Ask
  ) -> Finding {
    if type != .cname, let alias = cache.find(name, .cname, at: now), case .records = alias.content
    {
      return .found(alias)
    }
    if let hit = cache.find(name, type, at: now) { return .found(hit) }
    if descend(to: name, type, at: now, ask) {
      if type != .cname, let alias = cache.find(name, .cname, at: now),
        case .records = alias.content
      {
        return .found(alias)
      }
      if let hit = cache.find(name, type, at: now) { return .found(hit) }
    }
    cache.noteFailure(name, .cname, at: now)
    cache.noteFailure(name, type, at: now)
    let stale = cache.stale(name, .cname, at: now) ?? cache.stale(name, type, at: now)
    return stale.map { .found($0) } ?? .failed
  }

  /// Asks from the nearest known servers downwards; true when something was learnt about the name.
  private mutating func descend(
    to name: DomainName, _ type: RecordType, at now: TimeSpan, _ ask: Ask
  ) -> Bool {
    var (zone, addresses) = nearest(to: name, at: now)
    for _ in 0..<Self.hopLimit {
      guard let message = askOne(Question(name, type), of: addresses, ask) else { return false }
      if take(message, for: name, type, at: now) { return true }
      guard let below = referral(message, from: zone, to: name) else { return false }
      servers[below.cut] = (below.addresses, now + below.ttl.span)
      (zone, addresses) = (below.cut, below.addresses)
    }
    return false
  }

  private func nearest(to name: DomainName, at now: TimeSpan) -> (DomainName, [IPAddress]) {
    var candidate: DomainName? = name
    while let current = candidate {
      if let known = servers[current], now < known.ends { return (current, known.addresses) }
      candidate = current.parent
    }
    return (.root, [root])
  }

  /// Each in turn, beginning with another one each time, as resolvers do.
  private mutating func askOne(
    _ question: Question, of addresses: [IPAddress], _ ask: Ask
  ) -> Message? {
    turn += 1
    for offset in addresses.indices {
      let address = addresses[(turn + offset) % addresses.count]
      if case .message(let message) = ask(question, address),
        [.noError, .nameError].contains(message.responseCode)
      {
        return message
      }
    }
    return nil
  }

  /// Keeps what an authority says about the name itself; false where it only refers onwards.
  private mutating func take(
    _ message: Message, for name: DomainName, _ type: RecordType, at now: TimeSpan
  ) -> Bool {
    guard message.header.isAuthoritative else { return false }
    let own = message.answers.filter { $0.owner == name }
    for kind in Set([type, .cname]) {
      let records = own.filter { $0.type == kind }
      guard let first = records.first else { continue }
      cache.keep(.records(records.map(\.data)), for: name, kind, ttl: first.ttl, at: now)
      return true
    }
    guard let record = message.authorities.first(where: { $0.type == .soa }),
      let soa = record.data.soa
    else { return false }
    let ttl = min(record.ttl, TTL(clamping: soa.minimum))
    cache.keep(.denied(message.responseCode), for: name, type, ttl: ttl, at: now)
    return true
  }

  private func referral(
    _ message: Message, from zone: DomainName, to name: DomainName
  ) -> (cut: DomainName, addresses: [IPAddress], ttl: TTL)? {
    let cuts = message.authorities.filter { $0.type == .ns }
    guard let first = cuts.first, name.isWithin(first.owner), first.owner.isBelow(zone) else {
      return nil
    }
    let hosts = Set(cuts.compactMap { $0.data.nsTarget })
    var addresses: [IPAddress] = []
    for record in message.additionals where hosts.contains(record.owner) {
      if let address: IPAddress = record.data.address { addresses.append(address) }
    }
    return addresses.isEmpty ? nil : (first.owner, addresses, first.ttl)
  }
}
