import DNSModel
import HTTP
import Notation
import SystemIO
import TLSToolkit

/// Who signs in the sandbox: an authority of its own for what exists already, and Pebble, a real ACME
/// server, for the certificate of the router.
final class CertificateHouse {
  private let places: SandboxPlaces
  private let local: LocalAuthority
  private let now: UTCInstant
  private var pebble: TiedProcess?

  init(_ places: SandboxPlaces) throws {
    self.places = places
    now = SystemClock.wall()
    local = try .root(
      .authority("Sandbox Root", from: now - .days(1), until: now + .days(3650)),
      key: .generate(.p256))
  }

  private func template(days: Int) -> CertificateTemplate {
    CertificateTemplate(from: now - .days(1), until: now + .days(days))
  }

  /// The old endpoint's, for the name that moves.
  func oldEndpoint() throws -> TLSContext {
    let key = try PrivateKey.generate(.p256)
    var template = template(days: 300)
    template.names = [NameService.name]
    let certificate = try local.issue(template, for: key)
    return try .server(TLSServerSettings(certificate: KeyBag(key: key, certificate: certificate)))
  }

  /// What the router shows before it has the name's: one for its own name; chain and key as one PEM.
  func router() throws -> Secret {
    try pem(names: template(days: 90), for: [NameService.newTarget])
  }

  /// For the name, signed by nobody whom clients trust.
  func untrusted() throws -> Secret {
    let key = try PrivateKey.generate(.p256)
    var template = template(days: 1)
    template.names = [NameService.name]
    let certificate = try selfSigned(template, key: key)
    return try key.pem().reveal { Secret(Array(certificate.pem.utf8) + $0) }
  }

  private func pem(names template: CertificateTemplate, for names: [DomainName]) throws -> Secret {
    let key = try PrivateKey.generate(.p256)
    var template = template
    template.names = names
    let certificate = try local.issue(template, for: key)
    return try key.pem().reveal { Secret(Array(certificate.pem.utf8) + $0) }
  }

  // MARK: Pebble

  /// Begins to start it; `finish` waits until it answers.
  func startPebble() throws {
    let key = try PrivateKey.generate(.p256)
    var template = template(days: 90)
    template.commonName = "pebble"
    template.addresses = [[127, 0, 0, 1]]
    let certificate = try local.issue(template, for: key)
    try AtomicFile.replace(places.file("pebble.crt"), with: Array(certificate.pem.utf8))
    try key.pem().reveal { try AtomicFile.replace(places.file("pebble.key"), with: $0) }
    let settings: JSON = .record([
      ("listenAddress", .string("127.0.0.1:\(places.authorityOfCertificates)")),
      ("managementListenAddress", .string("127.0.0.1:\(places.itsManagement)")),
      ("certificate", .string(places.file("pebble.crt"))),
      ("privateKey", .string(places.file("pebble.key"))),
      ("httpPort", 5002), ("tlsPort", 5001), ("ocspResponderURL", ""),
      ("externalAccountBindingRequired", false),
    ])
    let file = places.file("pebble.json")
    try AtomicFile.replace(file, with: Array(JSON.record([("pebble", settings)]).pretty.utf8))
    pebble = try TiedProcess(
      [
        "pebble", "-strict", "-config", file, "-dnsserver",
        "\(places.authority(SandboxPlaces.primary))",
      ],
      variables: [("PEBBLE_VA_NOSLEEP", "1"), ("PEBBLE_WFE_NONCEREJECT", "5")],
      log: places.file("pebble.log"))
  }

  /// Waits for Pebble, and writes what clients trust: both roots. Gives that text.
  func finish(within patience: TimeSpan) throws -> [UInt8] {
    var options = HTTPClient.Options()
    options.trust = .anchors(pem: Array(local.certificate.pem.utf8))
    let client = try HTTPClient(options)
    let end = SystemClock.sinceBoot() + patience
    while true {
      if let answer = try? client.send(HTTPRequest("GET", places.roots)), answer.status == 200 {
        let trust = Array(local.certificate.pem.utf8) + answer.body
        try AtomicFile.replace(places.file("trust.pem"), with: trust)
        return trust
      }
      guard pebble?.isRunning == true, SystemClock.sinceBoot() < end else {
        throw SandboxError("Pebble does not answer: \(pebble?.lastWords ?? "it was not started")")
      }
      SystemClock.pause(until: SystemClock.sinceBoot() + .milliseconds(20))
    }
  }

  func stop() { pebble?.stop() }
}

/// Something of the sandbox could not be done.
public struct SandboxError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
