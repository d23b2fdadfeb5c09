import Notation

/// A header line. Names compare without regard to case (RFC 9110 §5.1).
public struct HTTPHeader: Hashable, Sendable {
  public let name: String
  public let value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

public struct HTTPRequest: Sendable {
  public var method: String
  /// Absolute, `http://…` or `https://…`.
  public var url: String
  public var headers: [HTTPHeader]
  public var body: [UInt8]
  /// `127.0.0.1:8443` or `[::1]:8443`: connect there whatever the URL says, with the URL's name in SNI
  /// and Host. No name is looked up then. Goes before the client's own `connectTo`.
  public var connectTo: String?
  /// Over a connection of its own. On a kept one libcurl sends a request again, without a word, when the
  /// server closed it before answering, and the first may have taken effect.
  public var isSentOnce = false

  public init(
    _ method: String = "GET", _ url: String, headers: [HTTPHeader] = [], body: [UInt8] = [],
    connectTo: String? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.connectTo = connectTo
  }
}

public struct HTTPResponse: Sendable {
  public let status: Int
  /// In the order they came, repeated ones kept apart.
  public let headers: [HTTPHeader]
  public let body: [UInt8]
  /// From the first byte sent to the last received, name look-up and connecting included.
  public let duration: TimeSpan
  /// `1.0`, `1.1` or `2`.
  public let version: String
  /// The address that answered, as far as libcurl knows it.
  public let peer: String?

  public init(
    status: Int, headers: [HTTPHeader] = [], body: [UInt8] = [], duration: TimeSpan = .zero,
    version: String = "1.1", peer: String? = nil
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.duration = duration
    self.version = version
    self.peer = peer
  }

  public func header(_ name: String) -> String? { headerValues(name).first }

  public func headerValues(_ name: String) -> [String] {
    let wanted = name.lowercased()
    return headers.filter { $0.name.lowercased() == wanted }.map(\.value)
  }
}

/// Why there is no response.
public enum HTTPError: Error, Hashable, Sendable, CustomStringConvertible {
  case badURL(String)
  case cannotConnect(String)
  case timedOut(String)
  /// The chain, the name or the dates of the server's certificate were not accepted.
  case certificateRefused(String)
  case handshakeFailed(String)
  /// More bytes than the caller was willing to take.
  case tooLarge(limit: Int)
  case broken(String)
  /// libcurl could not be used at all.
  case unavailable(String)

  public var description: String {
    switch self {
    case .badURL(let detail): "not a URL that can be fetched: \(detail)"
    case .cannotConnect(let detail): "cannot connect: \(detail)"
    case .timedOut(let detail): "timed out: \(detail)"
    case .certificateRefused(let detail): "the server's certificate was refused: \(detail)"
    case .handshakeFailed(let detail): "the TLS handshake failed: \(detail)"
    case .tooLarge(let limit): "the answer is larger than \(limit) bytes"
    case .broken(let detail): "the exchange broke off: \(detail)"
    case .unavailable(let detail): "HTTP is not available: \(detail)"
    }
  }
}
