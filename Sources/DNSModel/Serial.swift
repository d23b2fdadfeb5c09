/// A zone's serial number, compared in RFC 1982's circle of 2³².
public struct Serial: Hashable, Sendable, CustomStringConvertible {
  public let number: UInt32

  public init(_ number: UInt32) { self.number = number }

  public var description: String { String(number) }

  /// Later in the circle. Two serials exactly half the circle apart are neither later nor earlier.
  public func isLater(than other: Serial) -> Bool {
    let distance = number &- other.number
    return distance != 0 && distance < 0x8000_0000
  }

  public var next: Serial { Serial(number &+ 1) }
}
