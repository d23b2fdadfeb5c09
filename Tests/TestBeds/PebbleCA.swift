import Foundation
import HTTP
import TestSupport

/// A real Pebble, as Debian ships it, on loopback: strict, and resolving through a server of ours.
public final class PebbleCA {
  public struct Manner: Sendable {
    public var nonceRejection = 50
    public var reusesAuthorizations = 0
    public var needsExternalAccount = false
    public var isStrict = true
    public var alternateRoots = 0
    public var isSlow = false
    /// Of each certificate; nil: Pebble's own five years.
    public var validSeconds: Int?

    public init() {}
  }

  public static let externalKey = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"

  public let folder = TemporaryDirectory()
  public let process: ServerProcess
  public let port: UInt16
  public let managementPort: UInt16
  /// What Pebble's own web server is trusted by.
  public let anchors: [UInt8]

  public var directory: String { "https://127.0.0.1:\(port)/dir" }

  public init(dns: String, httpPort: UInt16 = 5002, _ manner: Manner = Manner()) throws {
    port = try FreePort.next()
    managementPort = try FreePort.next()
    let made = try Programs.run(
      "openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
        "2",
        "-subj", "/CN=pebble", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
        folder.file("web.key"), "-out", folder.file("web.crt"),
      ])
    guard made.status == 0 else { throw ProgramFailure(description: "\(made)") }
    anchors = Array(try folder.read("web.crt").utf8)
    let validity =
      manner.validSeconds.map { ",\n    \"certificateValidityPeriod\": \($0)" } ?? ""
    folder.write(
      "config.json",
      """
      {"pebble": {
        "listenAddress": "127.0.0.1:\(port)", "managementListenAddress": "127.0.0.1:\(managementPort)",
        "certificate": "\(folder.file("web.crt"))", "privateKey": "\(folder.file("web.key"))",
        "httpPort": \(httpPort), "tlsPort": 5001, "ocspResponderURL": "",
        "externalAccountBindingRequired": \(manner.needsExternalAccount),
        "externalAccountMACKeys": {"kid-1": "\(Self.externalKey)"}\(validity)
      }}
      """)
    var environment = [
      "PEBBLE_WFE_NONCEREJECT": "\(manner.nonceRejection)",
      "PEBBLE_AUTHZREUSE": "\(manner.reusesAuthorizations)",
      "PEBBLE_ALTERNATE_ROOTS": "\(manner.alternateRoots)",
    ]
    if !manner.isSlow { environment["PEBBLE_VA_NOSLEEP"] = "1" }
    process = try ServerProcess(
      "pebble",
      ["-config", folder.file("config.json"), "-dnsserver", dns]
        + (manner.isStrict ? ["-strict"] : []), environment: environment)
    let client = try self.client()
    _ = try process.wait(for: "Pebble's directory") {
      try? client.send(HTTPRequest("GET", directory))
    }
  }

  /// How often it went to look for a proof: what its failure budget is about.
  public var validations: Int { lines("Pulled a task from the Tasks queue") }
  public var orders: Int { lines("orders in the db") }
  public var accounts: Int { lines("accounts in memory") }

  private func lines(_ text: String) -> Int {
    process.stdout.split(separator: "\n").filter { $0.contains(text) }.count
  }

  public func client() throws -> HTTPClient {
    var options = HTTPClient.Options()
    options.trust = .anchors(pem: anchors)
    return try HTTPClient(options)
  }

  /// The root its certificates lead to.
  public func root(_ index: Int = 0) throws -> [UInt8] {
    try client().send(
      HTTPRequest("GET", "https://127.0.0.1:\(managementPort)/roots/\(index)")
    ).body
  }
}
