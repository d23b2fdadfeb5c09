import DNSModel

/// Which questions an answer is compiled for.
enum QuestionKind {
  /// This very name.
  case itself(DomainName)
  /// Any name below `name` that does not exist; `sample` is one of them.
  case below(name: DomainName, sample: DomainName, zone: Zone)

  /// One label in front of the name that nobody has: no letter, so that its case cannot change.
  static func below(_ name: DomainName, in zone: Zone) -> QuestionKind {
    for byte in 0...9 as ClosedRange<UInt8> {
      if let sample = name.prepending([byte]), !zone.hasName(sample) {
        return .below(name: name, sample: sample, zone: zone)
      }
    }
    // Too long a name to have any below it.
    return .below(name: name, sample: name, zone: zone)
  }

  var name: DomainName {
    switch self {
    case .itself(let name), .below(let name, _, _): name
    }
  }
}

extension AnswerCompiler {
  /// What the slow path says, taken apart. Nil where it is not the same for all such questions, or too
  /// large to be kept.
  mutating func answer(to kind: QuestionKind, _ type: RecordType) -> CompiledAnswer? {
    let asked: DomainName
    switch kind {
    case .itself(let name): asked = name
    case .below(let name, let sample, _):
      guard sample != name else { return nil }
      asked = sample
    }
    let answer = AnswerBuilder(zones).answer(Question(asked, type))
    if type == .unheardOf, !Self.isSameForAllTypes(answer, asked) { return nil }
    for consulted in answer.consulted.dropFirst() where consulted != kind.name {
      if dependents[consulted]?.last != kind.name {
        dependents[consulted, default: []].append(kind.name)
      }
    }
    if case .below(let name, let sample, let zone) = kind {
      guard !answer.mentions(sample) else { return nil }
      hold(namesIn: answer, to: sample, below: name, in: zone)
    }
    return compiled(answer, asked, type, kind)
  }

  /// What most names have: a set that leads nowhere, so that its records are all there is to say. It is
  /// written down without asking the slow path, which would say the same.
  mutating func plainAnswer(
    to kind: QuestionKind, _ type: RecordType, _ rrsets: [RRset]
  ) -> CompiledAnswer? {
    guard case .itself(let name) = kind, !name.isRoot, type.leadsNowhere,
      let rrset = rrsets.first(where: { $0.type == type })
    else { return nil }
    let template = AnswerTemplate(of: rrset)
    guard template.message.count <= Self.sizeLimit else { return nil }
    let message = arena.store(template, isFixed: true)
    return CompiledAnswer(
      asSpelled: message, otherwise: message, type: type.rawValue, soaZone: -1)
  }

  /// Larger answers are not kept.
  private static let sizeLimit = 4096

  private mutating func compiled(
    _ answer: Answer, _ asked: DomainName, _ type: RecordType, _ kind: QuestionKind
  ) -> CompiledAnswer? {
    let message = encode(answer, Question(asked, type))
    guard message.count <= Self.sizeLimit else { return nil }
    let template = AnswerTemplate(message, asking: asked)
    var isFixed = false
    if case .itself = kind { isFixed = true }
    let asSpelled = arena.store(template, isFixed: isFixed)
    var soaZone: Int32 = -1
    if template.soaTTLOffset != nil, answer.authorities.last?.type == .soa {
      guard answer.additionals.isEmpty, let zone = answer.zone,
        let number = numbers[zone.origin]
      else { return nil }
      soaZone = number
    }
    return CompiledAnswer(
      asSpelled: asSpelled,
      otherwise: template.isShared ? other(answer, asked, type, isFixed) : asSpelled,
      type: type.rawValue, soaZone: soaZone)
  }

  /// The same for who spells the name in another way.
  private mutating func other(
    _ answer: Answer, _ asked: DomainName, _ type: RecordType, _ isFixed: Bool
  ) -> UnsafePointer<CompiledMessage>? {
    var answer = answer
    answer.isSpelledAsServed = false
    let message = encode(answer, Question(asked, type))
    guard message.count <= Self.sizeLimit else { return nil }
    return arena.store(AnswerTemplate(message, asking: asked), isFixed: isFixed)
  }

  /// An alias leads all types it lacks to the same end, unless a wildcard or a DNAME is on the way:
  /// what those have is not known from the names alone. (A wildcard that stands for the question itself
  /// is known.)
  private static func isSameForAllTypes(_ answer: Answer, _ asked: DomainName) -> Bool {
    let isCertain = answer.denials.allSatisfy { denial in
      switch denial.claim {
      case .noData, .nameError: true
      case .wildcardExpansion, .wildcardNoData: denial.name == asked
      }
    }
    return isCertain && !answer.answers.contains { $0.type == .dname }
  }

  /// NXDOMAIN below the apex of a zone.
  mutating func refusal(below zone: Zone) -> CompiledAnswer? {
    let kind = QuestionKind.below(zone.origin, in: zone)
    guard case .below(_, let sample, _) = kind, sample != zone.origin else { return nil }
    var work = AnswerWork(question: Question(sample, .a), dnssecOK: false)
    work.zone = zone
    work.addSOA()
    work.answer.code = .nameError
    work.answer.isAuthoritative = true
    work.answer.zone = zone
    hold(namesIn: work.answer, to: sample, below: zone.origin, in: zone)
    return compiled(work.answer, sample, .a, kind)
  }

  private func encode(_ answer: Answer, _ question: Question) -> [UInt8] {
    ResponseFitting().encode(
      answer, to: Query(header: MessageHeader(), question: question, transport: .tcp))
  }
}

extension AnswerArena {
  /// Values without references, side by side; nil for none.
  func store<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafePointer<Value>? {
    guard !values.isEmpty else { return nil }
    let room = allocate(values.count * MemoryLayout<Value>.stride)
    let start = room.bindMemory(to: Value.self, capacity: values.count)
    start.initialize(from: values, count: values.count)
    return UnsafePointer(start)
  }
}

extension Answer {
  /// Whether a name in its records, or an owner other than the question's, lies at or below `name`.
  fileprivate func mentions(_ name: DomainName) -> Bool {
    (answers + authorities + additionals).contains { set in
      set.owner.isBelow(name)
        || set.data.contains { $0.compressibleNames.contains { $0.isWithin(name) } }
    }
  }
}

extension RecordType {
  /// Whether nothing in such records is looked up for an answer, nor shortened.
  var leadsNowhere: Bool {
    switch self {
    case .a, .aaaa, .txt, .caa, .tlsa, .sshfp: true
    default: false
    }
  }
}

extension RecordData {
  /// The names in it that messages shorten.
  var compressibleNames: [DomainName] {
    guard let places = NamePlaces(compressible: type) else { return [] }
    var names: [DomainName] = []
    var start = places.start
    for _ in 0..<places.count {
      var end = start
      while end < wire.count, wire[end] != 0 { end += 1 + Int(wire[end]) }
      guard end < wire.count, let name = DomainName(wire: Array(wire[start...end])) else { break }
      names.append(name)
      start = end + 1
    }
    return names
  }
}
