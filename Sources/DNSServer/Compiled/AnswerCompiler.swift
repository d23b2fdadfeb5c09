import DNSModel

/// Writes the table of the hot path. What stands in it is what the slow path said when it was asked,
/// so the two cannot disagree; what the slow path must be asked each time is left out.
struct AnswerCompiler {
  private(set) var zones: ServedZones
  let arena: AnswerArena
  private var index: NameIndex
  private var records: [CompiledZone] = []
  private(set) var numbers: [DomainName: Int32] = [:]
  /// Names that are not there, but stand in a record of an answer that many names share: what is asked
  /// for them shares more with the answer than other questions do, and goes the slow path.
  private var held: Set<DomainName> = []
  /// Of each zone, the names right below the apex that lead to the hosts its SOA names.
  private var shared: [DomainName: [DomainName]] = [:]
  /// Who has to be made anew when a name changes; some stand there more than once.
  var dependents: [DomainName: [DomainName]] = [:]
  /// The zones in which a name may be another's to answer.
  private var withBarriers: Set<DomainName> = []

  private var fullSize = 0

  /// Everything.
  static func compile(_ zones: ServedZones) -> (CompiledAnswers, AnswerCompiler) {
    let names = zones.origins.reduce(0) { $0 + (zones[$1]?.nameCount ?? 0) }
    var compiler = AnswerCompiler(
      zones: zones, arena: AnswerArena(), index: NameIndex(expecting: names))
    compiler.writeZones()
    let outer = zones.originsAroundOthers
    for origin in zones.origins {
      guard let zone = zones[origin] else { continue }
      guard !zones.isExpired(origin) else {
        compiler.put(origin, origin, zone, CompiledTable())
        continue
      }
      // Where one of our zones lies within another, the inner one answers.
      let isAlone = !outer.contains(origin)
      for node in zone.unorderedNodes
      where isAlone || zones.zone(enclosing: node.owner)?.origin == origin {
        compiler.write(node, in: zone)
      }
    }
    compiler.fullSize = compiler.arena.byteCount
    return (compiler.finished(), compiler)
  }

  private init(zones: ServedZones, arena: AnswerArena, index: NameIndex) {
    self.zones = zones
    self.arena = arena
    self.index = index
  }

  func finished() -> CompiledAnswers {
    CompiledAnswers(index: index, arena: arena, zones: records)
  }

  /// More was compiled anew since the last time all was than is in use.
  var hasGathered: Bool { arena.byteCount > 2 * fullSize + (4 << 20) }

  /// Goes over to a later state of the same zones, of which these are others now. The table in use stays
  /// as it is: readers have it.
  mutating func adopt(_ zones: ServedZones, changed origins: Set<DomainName>) {
    self.zones = zones
    index = index.copy()
    for origin in origins {
      guard let zone = zones[origin], let number = numbers[origin] else { continue }
      let isAnySigned = records[Int(number)].isAnySigned
      records[Int(number)] = record(of: zone, isAnySigned: isAnySigned)
    }
  }

  /// A name that is no longer there.
  mutating func forget(_ name: DomainName, in zone: Zone) {
    index.remove(name.foldedWire, NameHash.of(name.foldedWire))
    if held.contains(name) { put(name, name, zone, CompiledTable()) }
  }

  /// Sends what is asked for the names below `top` that the answer mentions the slow way; the answer is
  /// one that many names there share, `asked` among them.
  mutating func hold(
    namesIn answer: Answer, to asked: DomainName, below top: DomainName, in zone: Zone
  ) {
    for set in answer.answers + answer.authorities + answer.additionals {
      let names = [set.owner] + set.data.flatMap(\.compressibleNames)
      for name in names where name.isBelow(top) && name != asked {
        var child = name
        while let parent = child.parent, parent != top { child = parent }
        guard held.insert(child).inserted,
          zones.zone(enclosing: child)?.hasName(child) != true
        else { continue }
        put(child, child, zone, CompiledTable())
      }
    }
  }

  // MARK: Zones

  private mutating func writeZones() {
    let isAnySigned = zones.origins.contains { zones[$0]?.isSigned == true }
    numbers = [:]
    for (number, origin) in zones.origins.enumerated() { numbers[origin] = Int32(number) }
    for origin in zones.origins {
      guard let zone = zones[origin] else { continue }
      if zone.hasBarriers { withBarriers.insert(origin) }
      records.append(record(of: zone, isAnySigned: isAnySigned))
    }
  }

  private mutating func record(of zone: Zone, isAnySigned: Bool) -> CompiledZone {
    shared[zone.origin] = Self.topsOfSOA(zone)
    let soa = zone.rrset(at: zone.origin, .soa)
    let minimum = TTL(clamping: zone.soa?.minimum ?? 0)
    let ttl = min(soa?.ttl ?? .zero, minimum).seconds
    var figures = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: ttl >> $0) }
    figures += soa?.data.first?.wire.suffix(20) ?? [UInt8](repeating: 0, count: 20)
    let negative = refusal(below: zone)
    return CompiledZone(
      negative: negative
        ?? CompiledAnswer(asSpelled: nil, otherwise: nil, type: 0, soaZone: -1),
      figures: arena.store(figures).assumingMemoryBound(to: UInt8.self),
      apex: arena.store(zone.origin.wire).assumingMemoryBound(to: UInt8.self),
      apexLength: UInt16(zone.origin.wire.count), isAnySigned: isAnySigned)
  }

  // MARK: Names

  mutating func write(_ node: ZoneNode, in zone: Zone) {
    let spelled = node.owner
    let mayBeAnothers = withBarriers.contains(zone.origin)
    switch mayBeAnothers ? Standing(of: spelled, in: zone) : .own {
    case .hidden: put(spelled, spelled, zone, CompiledTable())
    case .delegated(let cut):
      let name = spelled.replacingSuffix(cut, with: cut) ?? spelled
      let referral = answer(to: .itself(name), .unheardOf)
      let below = answer(to: .below(name, in: zone), .unheardOf)
      put(name, cut, zone, CompiledTable(forAll: referral), CompiledTable(forAll: below))
    case .own:
      let here = table(of: node.sets, to: .itself(spelled), in: zone)
      put(spelled, spelled, zone, here, tableBelow(spelled, in: zone))
    }
  }

  private mutating func tableBelow(_ name: DomainName, in zone: Zone) -> CompiledTable? {
    guard zone.rrset(at: name, .dname) == nil, let wildcard = name.wildcardChild else { return nil }
    if zone.hasName(wildcard) {
      return table(of: zone.rrsets(at: wildcard), to: .below(name, in: zone), in: zone)
    }
    guard sharesWithSOA(name, in: zone) else { return CompiledTable(rest: .nameError) }
    return CompiledTable(forAll: answer(to: .below(name, in: zone), .unheardOf))
  }

  /// What each type gets where these sets are.
  private mutating func table(
    of rrsets: [RRset], to kind: QuestionKind, in zone: Zone
  ) -> CompiledTable {
    let alias = rrsets.first { $0.type == .cname }
    let types = alias.map { typesAlongChain(from: $0) } ?? rrsets.map(\.type)
    // What cannot be kept still has its place: it must not pass for a type that is not there.
    let answers = types.sorted().filter(\.isPlain).map { type in
      plainAnswer(to: kind, type, rrsets) ?? answer(to: kind, type)
        ?? CompiledAnswer(asSpelled: nil, otherwise: nil, type: type.rawValue, soaZone: -1)
    }
    var table = CompiledTable(answers, in: arena)
    if alias != nil || kind.name == zone.origin || sharesWithSOA(kind.name, in: zone) {
      table.setRest(to: answer(to: kind, .unheardOf))
    } else {
      table.rest = .noData
    }
    return table
  }

  /// Whether a negative answer for the name could be shortened further than for others of the zone.
  private func sharesWithSOA(_ name: DomainName, in zone: Zone) -> Bool {
    name != zone.origin && (shared[zone.origin] ?? []).contains { name.isWithin($0) }
  }

  private static func topsOfSOA(_ zone: Zone) -> [DomainName] {
    let soa = zone.rrset(at: zone.origin, .soa)?.data.first
    return (soa?.compressibleNames ?? []).filter { $0.isBelow(zone.origin) }.map { host in
      var top = host
      while let parent = top.parent, parent != zone.origin { top = parent }
      return top
    }
  }

  private mutating func put(
    _ name: DomainName, _ anchor: DomainName, _ zone: Zone, _ here: CompiledTable,
    _ below: CompiledTable? = nil
  ) {
    let wire = arena.store(name.wire).assumingMemoryBound(to: UInt8.self)
    let foldedWire = name.foldedWire
    let folded =
      foldedWire == name.wire ? wire : arena.store(foldedWire).assumingMemoryBound(to: UInt8.self)
    let node = CompiledNode(
      foldedName: folded, name: wire, here: here,
      below: below.flatMap { $0.isUseful ? arena.store([$0]) : nil },
      zone: numbers[zone.origin] ?? 0, nameLength: UInt16(foldedWire.count),
      anchorLength: UInt16(anchor.wire.count))
    guard let place = arena.store([node]) else { return }
    index.insert(place, NameHash.of(foldedWire))
  }

  /// The types that could end the chain anywhere on its way.
  private func typesAlongChain(from alias: RRset) -> [RecordType] {
    var types: Set<RecordType> = [.cname]
    var node = alias.data.first.flatMap { DomainName(wire: $0.wire) }
    for _ in 0..<AnswerBuilder.chainLimit {
      guard let name = node, let zone = zones.zone(enclosing: name) else { break }
      let rrsets = zone.rrsets(at: name)
      for rrset in rrsets { types.insert(rrset.type) }
      let next = rrsets.first { $0.type == .cname }?.data.first
      node = next.flatMap { DomainName(wire: $0.wire) }
    }
    return types.sorted()
  }
}

/// Whose a name is.
private enum Standing {
  case own
  /// At or below this cut, as the zone spells it.
  case delegated(cut: DomainName)
  /// Below a DNAME.
  case hidden

  init(of name: DomainName, in zone: Zone) {
    self = .own
    var next: DomainName? = name
    while let current = next {
      if current != zone.origin, zone.rrset(at: current, .ns) != nil {
        self = .delegated(cut: zone.node(at: current)?.owner ?? current)
      } else if current != name, zone.rrset(at: current, .dname) != nil {
        self = .hidden
      }
      next = current == zone.origin ? nil : current.parent
    }
  }
}

extension CompiledTable {
  init(_ answers: [CompiledAnswer], in arena: AnswerArena) {
    self.answers = arena.store(answers)
    answerCount = UInt16(answers.count)
  }

  init(rest: Rest) { self.rest = rest }

  init(forAll answer: CompiledAnswer?) { setRest(to: answer) }

  mutating func setRest(to answer: CompiledAnswer?) {
    guard let answer else { return }
    otherwise = answer
    rest = .same
  }

  var isUseful: Bool { answerCount > 0 || rest != .slow }
}

extension RecordType {
  /// A type nobody has: it stands for all types a name lacks.
  static let unheardOf = RecordType(rawValue: 65_280)

  /// Those `CompiledQuery` takes.
  var isPlain: Bool {
    rawValue != 0 && rawValue != 41 && self != .ds && !(128...255).contains(rawValue)
  }
}
