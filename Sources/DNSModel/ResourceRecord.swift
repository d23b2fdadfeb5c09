/// One record as it stands in a message or a zone (RFC 1035 §3.2.1).
public struct ResourceRecord: Hashable, Sendable {
  public var owner: DomainName
  public var recordClass: RecordClass
  public var ttl: TTL
  public var data: RecordData

  public init(
    owner: DomainName, recordClass: RecordClass = .internet, ttl: TTL, data: RecordData
  ) {
    self.owner = owner
    self.recordClass = recordClass
    self.ttl = ttl
    self.data = data
  }
}
