import HTTP
import Notation

/// Carries requests to the CA. The real one is `HTTPClient`.
public protocol ACMETransport {
  func send(_ request: HTTPRequest) throws(HTTPError) -> HTTPResponse
}

extension HTTPClient: ACMETransport {}

/// From what a CA answered to a value, with an error that says which object was amiss.
enum ACMEReading {
  private static let redirectLimit = 5

  /// Gets an object that is open to everybody: the directory, renewal advice. Redirects to HTTPS are
  /// followed, as any client of the web does.
  static func object<Value>(
    _ url: String, _ name: String, _ transport: any ACMETransport,
    _ read: (JSON) throws(ACMEFormatError) -> Value
  ) throws(ACMEError) -> (value: Value, response: HTTPResponse, requests: Int) {
    guard ACMELink.isHTTPS(url) else {
      throw .format(
        ACMEFormatError(object: name, field: safeText(url), reason: "is no https URL"))
    }
    var place = url
    for count in 1...redirectLimit {
      let response: HTTPResponse
      do { response = try transport.send(HTTPRequest("GET", place)) } catch {
        throw .transport(error)
      }
      if (200..<300).contains(response.status) {
        return (try value(response, name, read), response, count)
      }
      let failure = failure(response, of: place)
      guard case .redirected(_, _, let target?) = failure else { throw failure }
      place = target
    }
    throw .redirected(status: 0, url: url, to: place)
  }

  static func value<Value>(
    _ response: HTTPResponse, _ name: String, _ read: (JSON) throws(ACMEFormatError) -> Value
  ) throws(ACMEError) -> Value {
    let json: JSON
    do { json = try JSON(parsing: response.body, maxDepth: 32) } catch {
      throw .format(
        ACMEFormatError(object: name, field: "the whole", reason: "is no JSON: \(error)"))
    }
    do { return try read(json) } catch { throw .format(error) }
  }

  /// What a reply that is no success means.
  static func failure(_ response: HTTPResponse, of url: String) -> ACMEError {
    let wait = RetryAfter(response)
    if (300..<400).contains(response.status) {
      let target = response.header("Location").flatMap { ACMELink.resolve($0, against: url) }
      return .redirected(status: response.status, url: url, to: target)
    }
    guard let json = try? JSON(parsing: response.body, maxDepth: 32), json["type"]?.string != nil,
      let problem = try? ACMEProblem(json, status: response.status)
    else { return .unexpected(status: response.status, url: url, retryAfter: wait) }
    return .problem(problem, retryAfter: wait)
  }
}
