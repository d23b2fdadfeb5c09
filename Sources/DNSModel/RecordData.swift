/// The data of a record: its bytes as on the wire, names uncompressed, case kept.
public struct RecordData: Hashable, Sendable {
  public let type: RecordType
  public let wire: [UInt8]

  public init(type: RecordType, wire: [UInt8]) {
    self.type = type
    self.wire = wire
  }
}
