/// The data of an SOA record (RFC 1035 §3.3.13).
public struct SOA: Hashable, Sendable {
  public var primary: DomainName
  /// The mailbox of the person in charge, its @ written as a dot.
  public var mailbox: DomainName
  public var serial: Serial
  public var refresh: UInt32
  public var retry: UInt32
  public var expire: UInt32
  /// The ceiling of negative answers' TTL (RFC 2308 §4).
  public var minimum: UInt32

  public init(
    primary: DomainName, mailbox: DomainName, serial: Serial, refresh: UInt32, retry: UInt32,
    expire: UInt32, minimum: UInt32
  ) {
    self.primary = primary
    self.mailbox = mailbox
    self.serial = serial
    self.refresh = refresh
    self.retry = retry
    self.expire = expire
    self.minimum = minimum
  }
}
