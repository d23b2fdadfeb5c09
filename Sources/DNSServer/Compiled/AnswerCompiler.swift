import DNSModel

/// Writes the table of the hot path. What stands in it is what the slow path said when it was asked,
/// so the two cannot disagree; what the slow path must be asked each time is left out.
struct AnswerCompiler {
  private(set) var zones: ServedZones
  private let arena: AnswerArena
  private var index: NameIndex
  private var records: [CompiledZone] = []
  private var numbers: [DomainName: Int32] = [:]
  /// The subtrees whose negative answers would share more with the question than the apex: the SOA
  /// names a host there.
  private var shared: [DomainName: [DomainName]] = [:]
  /// Who has to be made anew when a name changes.
  private(set) var dependents: [DomainName: Set<DomainName>] = [:]

  private var fullSize = 0

  /// A type nobody has: it stands for all types a name lacks.
  private static let absentType = RecordType(rawValue: 65_280)

  /// Everything.
  static func compile(_ zones: ServedZones) -> (CompiledAnswers, AnswerCompiler) {
    var names: [(zone: Zone, name: DomainName)] = []
    for origin in zones.origins where !zones.isExpired(origin) {
      guard let zone = zones[origin] else { continue }
      for name in zone.namesWithAncestors where zones.zone(enclosing: name)?.origin == origin {
        names.append((zone, name))
      }
    }
    var compiler = AnswerCompiler(
      zones: zones, arena: AnswerArena(), index: NameIndex(expecting: names.count))
    compiler.writeZones()
    for (zone, name) in names { compiler.write(name, in: zone) }
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

  /// Goes over to a later state of the same zones. The table in use stays as it is: readers have it.
  mutating func adopt(_ zones: ServedZones) {
    self.zones = zones
    index = index.copy()
    records = []
    writeZones()
  }

  /// A name that is no longer there. (Where the SOA names it as a host, an entry that knows nothing
  /// stays and sends to the slow path.)
  mutating func forget(_ name: DomainName, in zone: Zone) {
    index.remove(name.foldedWire, Self.hash(name.foldedWire))
    if shared[zone.origin]?.contains(name) == true, let number = numbers[zone.origin] {
      put(name, number, [], nil, [])
    }
  }

  // MARK: Zones

  mutating func writeZones() {
    let isAnySigned = zones.origins.contains { zones[$0]?.isSigned == true }
    for origin in zones.origins {
      guard let zone = zones[origin], !zones.isExpired(origin) else { continue }
      numbers[origin] = Int32(records.count)
      records.append(record(of: zone, isSigned: isAnySigned))
    }
  }

  private mutating func record(of zone: Zone, isSigned: Bool) -> CompiledZone {
    let apex = zone.origin
    shared[apex] = zone.hostsOfSOA.compactMap { host in
      guard host.isBelow(apex) else { return nil }
      var top = host
      while let parent = top.parent, parent != apex { top = parent }
      return top
    }
    let question = Question(apex, .a)
    var work = AnswerWork(question: question, dnssecOK: false)
    work.zone = zone
    work.addSOA()
    let message = encode(work.answer, question)
    let soa = Array(message[(12 + apex.wire.count + 4)...])
    let (pointers, ttlOffset) = Self.layout(of: soa)
    return CompiledZone(
      soa: soa.isEmpty ? nil : arena.store(soa).assumingMemoryBound(to: UInt8.self),
      soaLength: UInt16(soa.count),
      pointers: (pointers[0] ?? 0, pointers[1] ?? 0, pointers[2] ?? 0),
      pointerCount: UInt8(pointers.count), ttlOffset: UInt16(ttlOffset),
      apexLength: UInt16(apex.wire.count),
      apex: arena.store(apex.wire).assumingMemoryBound(to: UInt8.self), isSigned: isSigned)
  }

  /// Where the pointers of an encoded SOA record are, by number, and its TTL.
  private static func layout(of soa: [UInt8]) -> (pointers: [Int: UInt16], ttlOffset: Int) {
    var pointers: [Int: UInt16] = [:]
    func skipName(_ start: Int) -> Int {
      var offset = start
      while offset < soa.count {
        if soa[offset] >= 0xC0 {
          pointers[pointers.count] = UInt16(offset)
          return offset + 2
        }
        if soa[offset] == 0 { return offset + 1 }
        offset += 1 + Int(soa[offset])
      }
      return offset
    }
    guard !soa.isEmpty else { return ([:], 0) }
    let ownerEnd = skipName(0)
    _ = skipName(skipName(ownerEnd + 10))
    return (pointers, ownerEnd + 4)
  }

  // MARK: Names

  mutating func write(_ name: DomainName, in zone: Zone) {
    guard let number = numbers[zone.origin] else { return }
    let rrsets = zone.rrsets(at: name)
    var answers: [CompiledAnswer] = []
    var otherwise: CompiledAnswer?
    var flags: CompiledNode.Flags = []
    let sharesHost = shared[zone.origin]?.contains { name.isWithin($0) } ?? false
    if isAuthoritative(name, in: zone) {
      let hasAlias = rrsets.contains { $0.type == .cname }
      let types = hasAlias ? typesAlongChain(from: name) : rrsets.map(\.type)
      for type in types.sorted() where Self.isPlain(type) {
        if let answer = answer(name, type) { answers.append(answer) }
      }
      if hasAlias {
        otherwise = answerToAllOtherTypes(name)
        if otherwise != nil { flags.insert(.answersOtherTypes) }
      } else if !sharesHost {
        flags.insert(.lacksOtherTypes)
      }
      let hasSubstitute =
        rrsets.contains { $0.type == .dname }
        || (name.wildcardChild.map { zone.hasName($0) } ?? true)
      if !sharesHost, !hasSubstitute { flags.insert(.deniesBelow) }
    }
    put(name, number, answers, otherwise, flags)
    // The SOA's hosts that do not exist stand in the table too, and send to the slow path.
    if name == zone.origin {
      for top in shared[name] ?? [] where !zone.hasName(top) { put(top, number, [], nil, []) }
    }
  }

  private func put(
    _ name: DomainName, _ zone: Int32, _ answers: [CompiledAnswer], _ otherwise: CompiledAnswer?,
    _ flags: CompiledNode.Flags
  ) {
    let wire = arena.store(name.wire).assumingMemoryBound(to: UInt8.self)
    let foldedWire = name.foldedWire
    let folded =
      foldedWire == name.wire ? wire : arena.store(foldedWire).assumingMemoryBound(to: UInt8.self)
    var table: UnsafeMutablePointer<CompiledAnswer>?
    if !answers.isEmpty {
      let room = arena.allocate(answers.count * MemoryLayout<CompiledAnswer>.stride)
      let start = room.bindMemory(to: CompiledAnswer.self, capacity: answers.count)
      start.initialize(from: answers, count: answers.count)
      table = start
    }
    let place = arena.allocate(MemoryLayout<CompiledNode>.stride)
    let node = place.bindMemory(to: CompiledNode.self, capacity: 1)
    node.initialize(
      to: CompiledNode(
        name: wire, foldedName: folded, answers: table.map { UnsafePointer($0) },
        otherwise: otherwise
          ?? CompiledAnswer(bytes: nil, length: 0, type: 0, soaTTLOffset: 0, soaZone: -1),
        zone: zone, nameLength: UInt16(foldedWire.count), answerCount: UInt16(answers.count),
        flags: flags))
    index.insert(UnsafePointer(node), Self.hash(foldedWire))
  }

  static func hash(_ folded: [UInt8]) -> UInt64 {
    folded.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return NameHash.root }
      var starts: [Int] = []
      var offset = 0
      while base[offset] != 0 {
        starts.append(offset)
        offset += 1 + Int(base[offset])
      }
      return starts.reversed().reduce(NameHash.root) { NameHash.adding(base + $1, to: $0) }
    }
  }

  /// Neither at nor below a cut, nor below a DNAME.
  private func isAuthoritative(_ name: DomainName, in zone: Zone) -> Bool {
    var node = name
    while node != zone.origin {
      if zone.rrset(at: node, .ns) != nil { return false }
      if node != name, zone.rrset(at: node, .dname) != nil { return false }
      guard let parent = node.parent else { return false }
      node = parent
    }
    return node == name || zone.rrset(at: node, .dname) == nil
  }

  /// The types that could end the chain anywhere on its way.
  private func typesAlongChain(from name: DomainName) -> [RecordType] {
    var types: Set<RecordType> = []
    var node = name
    for _ in 0..<AnswerBuilder.chainLimit {
      guard let zone = zones.zone(enclosing: node) else { break }
      let rrsets = zone.rrsets(at: node)
      for rrset in rrsets { types.insert(rrset.type) }
      guard let target = rrsets.first(where: { $0.type == .cname })?.data.first,
        let next = DomainName(wire: target.wire)
      else {
        break
      }
      node = next
    }
    return types.sorted()
  }

  /// An alias leads all types it lacks to the same end, unless a wildcard or a DNAME is on the way:
  /// what those have is not known from the names alone.
  private mutating func answerToAllOtherTypes(_ name: DomainName) -> CompiledAnswer? {
    let probe = AnswerBuilder(zones).answer(Question(name, Self.absentType))
    let isCertain = probe.denials.allSatisfy { denial in
      switch denial.claim {
      case .noData, .nameError: true
      case .wildcardExpansion, .wildcardNoData: false
      }
    }
    guard isCertain, !probe.answers.contains(where: { $0.type == .dname }) else { return nil }
    return answer(name, Self.absentType)
  }

  /// Those `CompiledQuery` takes.
  private static func isPlain(_ type: RecordType) -> Bool {
    type.rawValue != 0 && type.rawValue != 41 && type != .ds
      && !(128...255).contains(type.rawValue)
  }

  private mutating func answer(_ name: DomainName, _ type: RecordType) -> CompiledAnswer? {
    let question = Question(name, type)
    var answer = AnswerBuilder(zones).answer(question)
    let message = encode(answer, question)
    for consulted in answer.consulted.dropFirst() where consulted != name {
      dependents[consulted, default: []].insert(name)
    }
    guard message.count <= 4096 else { return nil }
    var soaTTLOffset = 0
    var soaZone: Int32 = -1
    if answer.authorities.count == 1, answer.authorities[0].type == .soa {
      guard answer.additionals.isEmpty, let zone = answer.zone,
        let number = numbers[zone.origin]
      else { return nil }
      answer.authorities = []
      var offset = encode(answer, question).count
      while message[offset] != 0, message[offset] < 0xC0 { offset += 1 + Int(message[offset]) }
      soaTTLOffset = offset + (message[offset] == 0 ? 1 : 2) + 4
      soaZone = number
    }
    return CompiledAnswer(
      bytes: arena.store(message).assumingMemoryBound(to: UInt8.self),
      length: UInt16(message.count), type: type.rawValue, soaTTLOffset: UInt16(soaTTLOffset),
      soaZone: soaZone)
  }

  private func encode(_ answer: Answer, _ question: Question) -> [UInt8] {
    ResponseFitting().encode(
      answer, to: Query(header: MessageHeader(), question: question, transport: .tcp))
  }
}

extension Zone {
  /// Every name that exists, empty non-terminals too, in no order that matters.
  fileprivate var namesWithAncestors: Set<DomainName> {
    var names: Set<DomainName> = [origin]
    for rrset in allRRsets {
      var name = rrset.owner
      while names.insert(name).inserted, name != origin, let parent = name.parent { name = parent }
    }
    return names
  }

  /// The two names in the SOA's data.
  fileprivate var hostsOfSOA: [DomainName] {
    guard let wire = rrset(at: origin, .soa)?.data.first?.wire else { return [] }
    var hosts: [DomainName] = []
    var start = 0
    for _ in 0..<2 {
      var end = start
      while end < wire.count, wire[end] != 0 { end += 1 + Int(wire[end]) }
      guard end < wire.count, let host = DomainName(wire: Array(wire[start...end])) else { break }
      hosts.append(host)
      start = end + 1
    }
    return hosts
  }
}
