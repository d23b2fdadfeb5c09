import HTTP
import Notation

/// Why the CA did not do as asked.
public enum ACMEError: Error, Hashable, Sendable, CustomStringConvertible {
  case transport(HTTPError)
  case problem(ACMEProblem, retryAfter: RetryAfter?)
  case format(ACMEFormatError)
  /// A status that RFC 8555 does not foresee here, without a problem document.
  case unexpected(status: Int, url: String, retryAfter: RetryAfter?)
  /// Signed requests name the URL they are for, so no redirect of one can be followed (RFC 8555 §6.4).
  case redirected(status: Int, url: String, to: String?)
  case signing(String)

  public var description: String {
    switch self {
    case .transport(let error): "the CA could not be asked: \(error)"
    case .problem(let problem, _): "the CA refused: \(problem)"
    case .format(let error): "\(error)"
    case .unexpected(let status, let url, _):
      "the CA answered \(status) to \(safeText(url)), without saying why"
    case .redirected(let status, let url, let target):
      "the CA answered \(status) to \(safeText(url)) and points to "
        + "\(target.map { safeText($0) } ?? "nowhere"); that is not followed"
    case .signing(let reason): "the account key could not sign: \(reason)"
    }
  }

  /// Whether the same request may well do later, and when the CA wants it at the earliest.
  public var isPassing: Bool {
    switch self {
    case .transport(let error):
      switch error {
      case .cannotConnect, .timedOut, .broken, .handshakeFailed: true
      case .badURL, .certificateRefused, .tooLarge, .unavailable: false
      }
    case .problem(let problem, _): problem.remedy == .newNonce || problem.remedy == .later
    case .unexpected(let status, _, _): status >= 500 || [408, 425, 429].contains(status)
    case .format, .redirected, .signing: false
    }
  }

  public var retryAfter: RetryAfter? {
    switch self {
    case .problem(_, let wait), .unexpected(_, _, let wait): wait
    default: nil
    }
  }
}

/// "Retry-After" (RFC 9110 §10.2.3): a number of seconds, or a moment.
public enum RetryAfter: Hashable, Sendable {
  case after(TimeSpan)
  case at(UTCInstant)

  init?(_ response: HTTPResponse) {
    guard let text = response.header("Retry-After") else { return nil }
    if let seconds = UInt32(text) {
      self = .after(.seconds(seconds))
    } else if let instant = UTCInstant(httpDate: text) {
      self = .at(instant)
    } else {
      return nil
    }
  }

  /// From `now` on, at most `limit`: a CA's slip must not stall a migration for a year.
  public func wait(from now: UTCInstant, atMost limit: TimeSpan = .hours(1)) -> TimeSpan {
    switch self {
    case .after(let span): min(max(span, .zero), limit)
    case .at(let instant): min(max(instant - now, .zero), limit)
    }
  }
}
