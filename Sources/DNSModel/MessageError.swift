/// Why bytes are no message. Each says where.
public enum MessageError: Error, Hashable, Sendable, CustomStringConvertible {
  case shortHeader(bytes: Int)
  /// The message ends inside something that was begun at `offset`.
  case endsInside(offset: Int)
  /// A label of a type that does not exist, a name over 255 bytes, or a pointer that does not lead
  /// backwards (RFC 1035 §4.1.4: to a *prior* occurrence; anything else could loop).
  case badName(offset: Int)
  case badData(RecordType, offset: Int)
  case misplacedOPT(offset: Int)
  case badOption(offset: Int)
  case trailingBytes(Int)

  public var description: String {
    switch self {
    case .shortHeader(let bytes): "the message has \(bytes) bytes; a header alone has 12"
    case .endsInside(let offset): "the message ends inside what begins at byte \(offset)"
    case .badName(let offset): "the name at byte \(offset) is malformed"
    case .badData(let type, let offset):
      "the data of type \(type.rawValue) at byte \(offset) is malformed"
    case .misplacedOPT(let offset):
      "the OPT record at byte \(offset) is a second one, is outside the additional section, or "
        + "has an owner (RFC 6891 §6.1.1)"
    case .badOption(let offset): "the EDNS option at byte \(offset) overruns its record"
    case .trailingBytes(let count): "\(count) bytes follow the end of the message"
    }
  }
}
