import DNSModel

/// What one entry of a zone file turned out to be.
public enum ZoneEntry: Sendable {
  case record(ResourceRecord, TextPlace)
  case refused(ZoneRefusal)
}

/// An entry that is not taken, and why. Nothing of it is: the record is missing, never altered.
public struct ZoneRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  public let fault: TextFault
  public let place: TextPlace
  public let message: String

  public var description: String { "\(place): error \(fault.rawValue): \(message)" }
}
