import DNSModel
import HTTP
import Migration
import Notation
import SystemIO
import TLSToolkit

/// One HTTP/1.1 request over TLS, read as far as the head of the answer: for requests that no client
/// library lets one leave half done.
struct HeadExchange {
  let identity: ServerIdentity
  let address: SocketAddress
  let port: UInt16
  let deadline: Deadline
  private static let headLimit = 64 << 10

  struct Head {
    let status: Int
    let headers: [HTTPFacts.Header]
    /// The connection, for what comes next.
    let connection: TLSConnection

    func value(_ name: String) -> String? {
      headers.first { $0.name.lowercased() == name }?.value
    }
  }

  /// Nil where the other side ended the connection without an answer.
  func ask(
    _ method: String, _ path: String, _ headers: [(String, String)]
  ) throws(TLSProblem) -> Head? {
    var settings = TLSClientSettings()
    settings.protocols = ["http/1.1"]
    settings.least = .tls10
    settings.acceptsWeakness = true
    let context: TLSContext
    do { context = try TLSContext.client(settings) } catch { throw .setup(error) }
    var name: DomainName?
    if case .host(let host) = identity { name = host }
    let connection = try TLSConnection(
      to: address, context, serverName: name, trust: nil, until: deadline)
    var text =
      "\(method) \(path) HTTP/1.1\r\nHost: \(identity.authority(port: port))\r\nUser-Agent: cutover\r\n"
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    try connection.send(Array((text + "\r\n").utf8), until: deadline)
    return try readHead(connection)
  }

  func readHead(_ connection: TLSConnection) throws(TLSProblem) -> Head? {
    var bytes: [UInt8] = []
    let end: [UInt8] = [13, 10, 13, 10]
    while bytes.count < Self.headLimit {
      guard let part = try connection.receive(until: deadline) else { return nil }
      // Where the blank line may begin: the last bytes of what came before may be its first.
      var index = max(0, bytes.count - 3)
      bytes += part
      while index + 4 <= bytes.count {
        if bytes[index] == 13, bytes[index..<(index + 4)].elementsEqual(end) {
          return Self.head(Array(bytes[..<index]), connection)
        }
        index += 1
      }
    }
    throw .protocolFailed("the head of the answer is larger than \(Self.headLimit) bytes")
  }

  private static func head(_ bytes: [UInt8], _ connection: TLSConnection) -> Head? {
    let lines = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\r\n", omittingEmptySubsequences: true)
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
      return nil
    }
    let headers = lines.dropFirst().compactMap { line -> HTTPFacts.Header? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      return HTTPFacts.Header(String(line[..<colon]), String(value))
    }
    return Head(status: status, headers: headers, connection: connection)
  }
}
