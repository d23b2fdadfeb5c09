/// The data of one record: its type, and the wire form with names uncompressed and their case kept.
///
/// Two are equal when their canonical forms are (RFC 4034 §6.2): the names of the older types are
/// compared without case, everything else byte for byte.
public struct RecordData: Sendable {
  public let type: RecordType
  public let wire: [UInt8]

  public static let wireLimit = 65535

  /// The bytes as they are, unchecked: messages carry data of any form (an UPDATE's is often empty).
  /// Nothing here traps on them; what must be right is made by `init(checking:wire:)`.
  public init(type: RecordType, wire: [UInt8]) {
    self.type = type
    self.wire = wire
  }

  /// Checks the bytes against the type's fields; a type we know nothing of may hold anything.
  public init(checking type: RecordType, wire: [UInt8]) throws(RecordDataError) {
    var check = RecordDataCheck(type: type, wire: wire)
    try check.run()
    self.init(type: type, wire: wire)
  }

  /// The names folded where the canonical form folds them.
  public var canonicalWire: [UInt8] {
    guard RecordSchema.of(type)?.hasFoldedNames == true else { return wire }
    var canonical = wire
    forEachName { range, use in
      guard use != .verbatim else { return }
      for index in range { canonical[index] = DomainName.folded(canonical[index]) }
    }
    return canonical
  }

  /// The names in the data from front to back: where each stands and what may be done with it.
  public func forEachName(_ body: (Range<Int>, RecordField.NameUse) -> Void) {
    guard let schema = RecordSchema.of(type) else { return }
    var check = RecordDataCheck(type: type, wire: wire)
    for field in schema.fields {
      let start = check.offset
      do throws(RecordDataError) { try check.skip(field) } catch { return }
      if case .name(let use) = field { body(start..<check.offset, use) }
    }
  }

  /// All names in the data, from front to back.
  public var names: [DomainName] {
    var names: [DomainName] = []
    forEachName { range, _ in names.append(DomainName(validWire: Array(wire[range]))) }
    return names
  }
}

extension RecordData: Hashable {
  public static func == (left: RecordData, right: RecordData) -> Bool {
    guard left.type == right.type, left.wire.count == right.wire.count else { return false }
    return left.wire == right.wire || left.canonicalWire == right.canonicalWire
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(type)
    hasher.combine(canonicalWire)
  }
}

/// Why bytes are not the data of a record of this type.
public struct RecordDataError: Error, Hashable, Sendable, CustomStringConvertible {
  public let type: RecordType
  /// Where in the data, from 0.
  public let offset: Int
  public let reason: String

  public var description: String {
    "the data of this \(type) record is wrong at byte \(offset): \(reason)"
  }
}
