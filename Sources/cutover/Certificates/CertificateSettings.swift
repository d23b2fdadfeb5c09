import Certificates
import DNSModel
import DNSProviders
import Digests
import Engine
import Invocation
import Migration
import Notation
import SystemIO
import TLSToolkit

/// What `certificate issue` was asked for, as it is kept beside the certificate so that `renew` needs
/// nothing but the directory. Secrets stand in it by reference only.
struct CertificateSettings: Sendable {
  var names: [DomainName]
  var directory: String
  var authorityFile: String?
  var contact: [String]
  var externalKeyID: String?
  var externalKey: String?
  var profile: String?
  var keyType: String
  var requiresStaple: Bool
  var preferredIssuer: String?
  var proof: Proof
  var seal: String?
  /// A request made elsewhere: a file.
  var requestFile: String?
  /// The CA's directory for trials.
  var staging: String?
  /// What CAA records call the CA, where its directory does not say.
  var authority: String?
  /// Where CAA is looked for from, in place of the public root.
  var roots: [String] = []
  var authorityPort: UInt16 = 53

  enum Proof: Hashable, Sendable {
    case dynamicUpdate(
      server: String, keyName: String?, keyFile: String?, zone: String, authorities: [String])
    /// Any other that a plan may name as its zone's provider.
    case provider(ProviderPlan.Kind, zone: String, authorities: [String])
    case webroot(String)
    case standalone(String)

    /// Where a proof in the zone must be seen; none for one on a web server.
    var authorities: [String] {
      switch self {
      case .dynamicUpdate(_, _, _, _, let authorities), .provider(_, _, let authorities):
        authorities
      case .webroot, .standalone: []
      }
    }
  }

  static let keyTypes = ["p256", "p384", "rsa2048", "rsa3072", "rsa4096"]

  func keyKind() throws -> PrivateKey.Kind {
    switch keyType {
    case "p256": return .p256
    case "p384": return .p384
    case "rsa2048", "rsa3072", "rsa4096": return .rsa(bits: Int(keyType.dropFirst(3)) ?? 2048)
    default:
      let near =
        nearestWord(to: keyType, among: Self.keyTypes).map { "; did you mean \($0)?" } ?? ""
      throw UsageError(
        "--key-type is one of \(Self.keyTypes.joined(separator: ", "))\(near)",
        command: "certificate issue")
    }
  }

  func wish() throws -> CertificateWish {
    var wish = CertificateWish(names: names, directory: directory)
    wish.authorityAnchors = try authorityFile.map { try AtomicFile.read($0) }
    wish.contact = contact.map { $0.contains(":") ? $0 : "mailto:\($0)" }
    wish.profile = profile
    wish.keyKind = try keyKind()
    wish.requiresStaple = requiresStaple
    wish.preferredIssuer = preferredIssuer
    wish.proof = proof.authorities.isEmpty ? .http : .dns
    wish.staging = staging
    if let requestFile {
      wish.request = try CertificateRequest.read(try AtomicFile.read(requestFile))
    }
    if let externalKeyID, let externalKey {
      wish.external = try ExternalAccount(
        keyIdentifier: externalKeyID, key: SecretReference(parsing: externalKey))
    }
    return wish
  }

  func shelf(_ directory: String) throws -> CertificateShelf {
    let seal = try seal.map { try Seal(key: SecretReference(parsing: $0).resolve()) }
    return try CertificateShelf(directory: directory, seal: seal)
  }

  func publisher(tell: @escaping (String) -> Void) throws -> any ChallengePublisher {
    let authorities = try proof.authorities.map {
      try Self.address($0, "--authoritative", port: 53)
    }
    switch proof {
    case .webroot(let root): return WebrootChallenges(root: root)
    case .standalone(let text):
      let address = try Self.address(text, "--http", port: 80)
      return try StandaloneChallenges(address: address.host, port: address.port)
    case .provider(let kind, let zone, _):
      return try ChallengeDesk(
        zone: try DomainName(parsing: zone), authorities: authorities, tell: tell
      ).publisher(kind)
    case .dynamicUpdate(let server, let keyName, let keyFile, let zone, _):
      let challenges = DynamicUpdateChallenges(
        zone: try DomainName(parsing: zone), server: try Self.address(server, "--server", port: 53),
        key: try keyFile.map { try SecretReference(parsing: "file:\($0)") },
        keyName: try keyName.map { try DomainName(parsing: $0) },
        authorities: authorities)
      try challenges.checkKey()
      return challenges
    }
  }

  /// CAA is asked at the authorities of the names; for HTTP-01 those are found from the root. Nil for a
  /// CA of this network alone and nobody to ask: the public tree has no word on what that issues.
  func permission() throws -> CAADesk? {
    let servers = try proof.authorities.map { try Self.address($0, "--authoritative", port: 53) }
    if servers.isEmpty, roots.isEmpty, isPrivateCA { return nil }
    return CAADesk(
      roots: try roots.map { try Self.address($0, "--root", port: 53) }, port: authorityPort,
      servers: servers, authority: authority)
  }

  private var isPrivateCA: Bool {
    let authority = String(directory.dropFirst("https://".count).prefix { $0 != "/" })
    if authority == "localhost" || authority.hasPrefix("localhost:") { return true }
    return SocketAddress(parsing: authority, defaultPort: 443).map(CAADesk.isPrivate) ?? false
  }

  static func address(_ text: String, _ option: String, port: UInt16) throws -> SocketAddress {
    guard let address = SocketAddress(parsing: text, defaultPort: port) else {
      throw UsageError(
        "\(option) is an address such as 127.0.0.1:\(port), not \"\(safeText(text))\"",
        command: "certificate issue")
    }
    return address
  }
}

extension CertificateSettings {
  var json: JSON {
    func text(_ value: String?) -> JSON? { value.map { .string($0) } }
    let members: [(String, JSON?)] = [
      ("settings", 1), ("names", .strings(names.map(\.host))), ("directory", .string(directory)),
      ("authorityFile", text(authorityFile)), ("contact", .strings(contact)),
      ("externalKeyID", text(externalKeyID)), ("externalKey", text(externalKey)),
      ("profile", text(profile)), ("keyType", .string(keyType)),
      ("requiresStaple", .bool(requiresStaple)), ("preferredIssuer", text(preferredIssuer)),
      ("proof", proof.json), ("seal", text(seal)), ("request", text(requestFile)),
      ("staging", text(staging)), ("authority", text(authority)), ("roots", .strings(roots)),
      ("authorityPort", .integer(Int64(authorityPort))),
    ]
    return .record(members)
  }

  init(_ json: JSON) throws {
    guard json["settings"]?.integer == 1, let names = json["names"]?.array?.compactMap(\.string),
      let directory = json["directory"]?.string, let proof = Proof(json["proof"] ?? .null)
    else {
      throw UsageError(
        "the settings kept beside the certificate cannot be read", command: "certificate renew")
    }
    self.init(
      names: try names.map { try DomainName(parsing: $0) }, directory: directory,
      authorityFile: json["authorityFile"]?.string,
      contact: json["contact"]?.array?.compactMap(\.string) ?? [],
      externalKeyID: json["externalKeyID"]?.string, externalKey: json["externalKey"]?.string,
      profile: json["profile"]?.string, keyType: json["keyType"]?.string ?? "p256",
      requiresStaple: json["requiresStaple"]?.bool ?? false,
      preferredIssuer: json["preferredIssuer"]?.string, proof: proof, seal: json["seal"]?.string,
      requestFile: json["request"]?.string, staging: json["staging"]?.string,
      authority: json["authority"]?.string,
      roots: json["roots"]?.array?.compactMap(\.string) ?? [],
      authorityPort: json["authorityPort"]?.integer.flatMap { UInt16(exactly: $0) } ?? 53)
  }

  static func path(_ directory: String) -> String { "\(directory)/settings.json" }

  static func stored(in directory: String) throws -> CertificateSettings {
    try CertificateSettings(JSON(parsing: AtomicFile.read(path(directory))))
  }

  func store(in directory: String) throws {
    try AtomicFile.replace(Self.path(directory), with: Array((json.pretty + "\n").utf8))
  }
}

extension CertificateSettings.Proof {
  var json: JSON {
    switch self {
    case .webroot(let root): ["webroot": .string(root)]
    case .standalone(let address): ["standalone": .string(address)]
    case .provider(let kind, let zone, let authorities):
      .record(
        Self.members(kind) + [("zone", .string(zone)), ("authorities", .strings(authorities))])
    case .dynamicUpdate(let server, let keyName, let keyFile, let zone, let authorities):
      .record([
        ("server", .string(server)), ("keyName", keyName.map { .string($0) }),
        ("keyFile", keyFile.map { .string($0) }), ("zone", .string(zone)),
        ("authorities", .strings(authorities)),
      ])
    }
  }

  private static func members(_ kind: ProviderPlan.Kind) -> [(String, JSON?)] {
    switch kind {
    case .zoneFile(let path, let reload):
      [("zoneFile", .string(path)), ("reload", .strings(reload))]
    case .program(let words, _): [("program", .strings(words))]
    // What it takes stands in the settings of its own kind.
    case .manual, .dynamicUpdate: [("manual", true)]
    }
  }

  private static func kind(_ json: JSON) -> ProviderPlan.Kind? {
    func words(_ member: String) -> [String]? { json[member]?.array?.compactMap(\.string) }
    if let path = json["zoneFile"]?.string {
      return .zoneFile(path: path, reload: words("reload") ?? [])
    }
    if let program = words("program") { return .program(command: program, secrets: []) }
    return json["manual"]?.bool == true ? .manual(instructions: "") : nil
  }

  init?(_ json: JSON) {
    let authorities = json["authorities"]?.array?.compactMap(\.string) ?? []
    if let kind = Self.kind(json), let zone = json["zone"]?.string {
      self = .provider(kind, zone: zone, authorities: authorities)
    } else if let root = json["webroot"]?.string {
      self = .webroot(root)
    } else if let address = json["standalone"]?.string {
      self = .standalone(address)
    } else if let server = json["server"]?.string, let zone = json["zone"]?.string {
      self = .dynamicUpdate(
        server: server, keyName: json["keyName"]?.string, keyFile: json["keyFile"]?.string,
        zone: zone, authorities: authorities)
    } else {
      return nil
    }
  }
}
