/// What is asked (RFC 1035 §4.1.2). The case of the name is the asker's and comes back unchanged.
public struct Question: Hashable, Sendable {
  public var name: DomainName
  public var type: RecordType
  public var recordClass: RecordClass

  public init(_ name: DomainName, _ type: RecordType, _ recordClass: RecordClass = .internet) {
    self.name = name
    self.type = type
    self.recordClass = recordClass
  }
}
