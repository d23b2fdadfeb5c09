import COpenSSL
import Notation

/// What OpenSSL would not do, in its own words.
public struct CryptoProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was being done: `reading a private key`.
  public let doing: String
  public let reason: String

  public init(_ doing: String, _ reason: String) {
    self.doing = doing
    self.reason = reason
  }

  /// Takes what this thread's error queue holds, the root cause first, and leaves it empty.
  static func taking(_ doing: String, otherwise: String = "it was refused") -> CryptoProblem {
    var reasons: [String] = []
    while case let code = ERR_get_error(), code != 0 {
      let reason =
        ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
      if reasons.last != reason { reasons.append(reason) }
    }
    return CryptoProblem(doing, reasons.isEmpty ? otherwise : reasons.joined(separator: ", "))
  }

  public var description: String { "\(doing) failed: \(safeText(reason))" }
}
