import Glibc

/// A name as the hot path knows it. Everything it points to lies in an `AnswerArena`.
struct CompiledNode {
  let name: UnsafePointer<UInt8>
  let foldedName: UnsafePointer<UInt8>
  let answers: UnsafePointer<CompiledAnswer>?
  /// What every type without an answer of its own gets, where that is not just "no data".
  let otherwise: CompiledAnswer
  /// In the snapshot's table of zones.
  let zone: Int32
  let nameLength: UInt16
  let answerCount: UInt16
  let flags: Flags

  struct Flags: OptionSet {
    let rawValue: UInt8
    /// Types without an answer of their own: NODATA.
    static let lacksOtherTypes = Flags(rawValue: 1)
    /// Names below that are not in the index do not exist, and nothing stands in for them.
    static let deniesBelow = Flags(rawValue: 2)
    /// Types without an answer of their own: `otherwise`.
    static let answersOtherTypes = Flags(rawValue: 4)
  }

  @inline(__always)
  func isNamed(_ other: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    length == Int(nameLength) && memcmp(foldedName, other, length) == 0
  }

  @inline(__always)
  func answer(_ type: UInt16) -> UnsafePointer<CompiledAnswer>? {
    guard let answers else { return nil }
    for index in 0..<Int(answerCount) where answers[index].type == type { return answers + index }
    return nil
  }
}

/// A whole message without its OPT record; ID, RD and CD are zero.
struct CompiledAnswer {
  let bytes: UnsafePointer<UInt8>?
  let length: UInt16
  let type: UInt16
  /// Where a SOA record ends the message, the TTL's place in it: TTL and figures are always taken
  /// from the zone that gave it, so that a new serial does not ask for a new answer.
  let soaTTLOffset: UInt16
  /// In the snapshot's table of zones; -1: none.
  let soaZone: Int32
}

/// What the negative answers of a zone share: its SOA record as it stands behind a question for the
/// apex itself. Behind a longer name every pointer in it leads as many bytes further.
struct CompiledZone {
  let soa: UnsafePointer<UInt8>?
  let soaLength: UInt16
  /// Where those pointers are.
  let pointers: (UInt16, UInt16, UInt16)
  let pointerCount: UInt8
  let ttlOffset: UInt16
  let apexLength: UInt16
  let apex: UnsafePointer<UInt8>
  let isSigned: Bool
}
