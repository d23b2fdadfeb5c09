import Glibc

/// A name as the hot path knows it. Everything it points to lies in an `AnswerArena`.
struct CompiledNode {
  let foldedName: UnsafePointer<UInt8>
  /// As the zone spells it.
  let name: UnsafePointer<UInt8>
  /// For questions for the name itself.
  let here: CompiledTable
  /// For those for names below it that are not in the index: a wildcard's answers, a referral.
  let below: UnsafePointer<CompiledTable>?
  /// In the snapshot's table of zones.
  let zone: Int32
  let nameLength: UInt16
  /// How much of its end decides whether a question is spelled as in the zone: all, but below a cut that
  /// of the cut.
  let anchorLength: UInt16

  @inline(__always)
  func isNamed(_ other: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    length == Int(nameLength) && memcmp(foldedName, other, length) == 0
  }

  /// Whether a question, `length` bytes long, spells it as the zone does; nil where it does in part, so
  /// that only the slow path knows how much is alike.
  @inline(__always)
  func isSpelled(_ question: UnsafePointer<UInt8>, _ length: Int) -> Bool? {
    let (size, anchorSize) = (Int(nameLength), Int(anchorLength))
    if memcmp(name, question + (length - size), size) == 0 { return true }
    guard anchorSize < size else { return false }
    let isAlike =
      memcmp(name + (size - anchorSize), question + (length - anchorSize), anchorSize) == 0
    return isAlike ? nil : false
  }
}

/// What each type gets.
struct CompiledTable {
  var answers: UnsafePointer<CompiledAnswer>?
  var answerCount: UInt16 = 0
  var rest = Rest.slow
  /// With `Rest.same`.
  var otherwise = CompiledAnswer(asSpelled: nil, otherwise: nil, type: 0, soaZone: -1)

  /// Types without an answer of their own.
  enum Rest: UInt8 {
    /// Only the slow path knows.
    case slow
    /// All the same answer: `otherwise`.
    case same
    /// The zone's NODATA.
    case noData
    /// The zone's NXDOMAIN.
    case nameError
  }

  @inline(__always)
  func answer(_ type: UInt16) -> UnsafePointer<CompiledAnswer>? {
    guard let answers else { return nil }
    for index in 0..<Int(answerCount) where answers[index].type == type { return answers + index }
    return nil
  }
}

/// An answer in both its forms: for who spells the name as the zone does, and for everybody else.
struct CompiledAnswer {
  let asSpelled: UnsafePointer<CompiledMessage>?
  let otherwise: UnsafePointer<CompiledMessage>?
  let type: UInt16
  /// Whose SOA record ends the message, in the snapshot's table of zones; -1: none. TTL and figures are
  /// always taken from there, so that a new serial does not ask for a new answer.
  let soaZone: Int32
}

/// A message without ID, question and OPT record; RD and CD are zero. Behind this head come the places
/// of the pointers that move with the question's length, then the sections.
struct CompiledMessage {
  /// As they stand in the message, in network byte order.
  let flags: UInt16
  let counts: (UInt16, UInt16, UInt16)
  /// Of the sections.
  let length: UInt16
  let pointerCount: UInt16
  /// Of the question's name for which the pointers are right as they are.
  let nameLength: UInt16
  /// The place of the TTL of the SOA record that ends it.
  let soaTTLOffset: UInt16
}

/// What the negative answers of a zone share.
struct CompiledZone {
  /// NXDOMAIN for a name below the apex.
  let negative: CompiledAnswer
  /// The SOA's TTL in a negative answer (four bytes) and its figures (twenty).
  let figures: UnsafePointer<UInt8>
  let apex: UnsafePointer<UInt8>
  let apexLength: UInt16
  /// One of the zones served is signed: whoever wants signatures is answered the slow way, since an alias
  /// may lead there.
  let isAnySigned: Bool
}
