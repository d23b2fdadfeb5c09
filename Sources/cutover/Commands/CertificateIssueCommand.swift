import Certificates
import DNSModel
import DNSTransport
import Invocation
import Notation
import SystemIO
import TLSToolkit

enum CertificateIssueCommand: Command {
  static let spec = CommandSpec(
    name: "certificate issue", summary: "get a certificate from an ACME CA",
    options: [
      .list("name", "NAME", required: true, "a name it is for; the first is its title"),
      .value("directory", "URL", required: true, "the CA's directory"),
      .value("out", "DIR", required: true, "where key, order and chain are kept (0700)"),
      .value(
        "ca", "FILE", "what the CA's own server is trusted by (PEM); else the system's anchors"),
      .list("contact", "ADDRESS", "whom the CA may write to"),
      .value("eab", "ID=REFERENCE", "external account binding: key id, and where its MAC key is"),
      .value("profile", "NAME", "a certificate profile of the CA's"),
      .value("key-type", "TYPE", "p256 (default), p384, rsa2048, rsa3072 or rsa4096"),
      .flag("must-staple", "ask for a certificate that demands a stapled OCSP answer"),
      .value("preferred-chain", "NAME", "of several chains, the one issued by this name"),
      .value("seal", "REFERENCE", "seal the keys under the key-encryption key found there"),
      .value("provider", "KIND", required: true, "dynamic-update, webroot or standalone"),
      .value("server", "ADDR:PORT", "dynamic-update: the primary"),
      .value("key", "NAME:FILE", "dynamic-update: the TSIG key and the file it is in (0600)"),
      .value("zone", "ORIGIN", "dynamic-update: the zone (default: found by asking the server)"),
      .list("authoritative", "ADDR:PORT", "where the proof must be seen (default: the server)"),
      .value("webroot", "DIR", "webroot: the root of the web server that answers for the names"),
      .value("http", "ADDR:PORT", "standalone: where to answer the CA (default: 0.0.0.0:80)"),
      .value("patience", "SPAN", "how long to go on before leaving it for later (default: 10m)"),
    ],
    examples: [
      "cutover certificate issue --name api.example.test --directory https://127.0.0.1:14000/dir "
        + "--ca pebble.pem --provider dynamic-update --server 127.0.0.1:53 --key mig:mig.key --out cert"
    ],
    notes: """
      Secrets are given by reference: file:PATH, credential:NAME or env:NAME. An issuance that was cut off
      goes on where it was when the command is given again; nothing is ordered twice.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let settings = try settings(invocation)
    let directory = invocation.value("out") ?? ""
    let shelf = try settings.shelf(directory)
    try settings.store(in: directory)
    return try issue(settings, shelf, invocation, console)
  }

  /// Also what `renew` does.
  static func issue(
    _ settings: CertificateSettings, _ shelf: CertificateShelf, _ invocation: ParsedInvocation,
    _ console: Console
  ) throws -> ExitCode {
    var wish = try settings.wish()
    if let text = invocation.value("patience") {
      guard let span = TimeSpan(parsing: text) else {
        throw UsageError("--patience is a span such as 90s or 10m", command: spec.name)
      }
      wish.patience = span
    }
    let issuer = ACMEIssuer(
      wish: wish, shelf: shelf, publisher: try settings.publisher(), progress: console.progress)
    do {
      let chain = try issuer.issue()
      let report = CertificateReport(chain: chain.map(\.facts), directory: shelf.directory)
      report.show(console, now: SystemClock.wall())
      return .done
    } catch let failure as IssuanceFailure {
      console.complain("certificate for \(settings.names[0]): \(failure)")
      console.progress("Nothing was installed; what had been published was taken away again.")
      switch failure {
      case .tryAgain: return .waiting
      case .expired: return .inconclusive
      case .needsAPerson: return .held
      }
    }
  }

  private static func settings(_ invocation: ParsedInvocation) throws -> CertificateSettings {
    var problems: [String] = []
    var names: [DomainName] = []
    for text in invocation.values("name") {
      do { names.append(try DomainName(parsing: text)) } catch {
        problems.append("--name \(safeText(text)): \(error)")
      }
    }
    let external = pair(invocation.value("eab"), "--eab", "=", &problems)
    let key = pair(invocation.value("key"), "--key", ":", &problems)
    guard problems.isEmpty else { throw UsageError(problems, command: spec.name) }
    let settings = CertificateSettings(
      names: names, directory: invocation.value("directory") ?? "",
      authorityFile: invocation.value("ca"), contact: invocation.values("contact"),
      externalKeyID: external?.0, externalKey: external?.1, profile: invocation.value("profile"),
      keyType: invocation.value("key-type") ?? "p256",
      requiresStaple: invocation.flag("must-staple"),
      preferredIssuer: invocation.value("preferred-chain"),
      proof: try proof(invocation, key: key, names: names), seal: invocation.value("seal"))
    _ = try settings.keyKind()
    return settings
  }

  private static func pair(
    _ text: String?, _ option: String, _ separator: Character, _ problems: inout [String]
  ) -> (String, String)? {
    guard let text else { return nil }
    let parts = text.split(separator: separator, maxSplits: 1)
    guard parts.count == 2 else {
      problems.append("\(option) has two parts with '\(separator)' between them")
      return nil
    }
    return (String(parts[0]), String(parts[1]))
  }

  private static func proof(
    _ invocation: ParsedInvocation, key: (String, String)?, names: [DomainName]
  ) throws -> CertificateSettings.Proof {
    let kinds = ["dynamic-update", "webroot", "standalone"]
    switch invocation.value("provider") ?? "" {
    case "webroot":
      guard let root = invocation.value("webroot") else {
        throw UsageError("--provider webroot needs --webroot DIR", command: spec.name)
      }
      return .webroot(root)
    case "standalone": return .standalone(invocation.value("http") ?? "0.0.0.0:80")
    case "dynamic-update":
      guard let server = invocation.value("server") else {
        throw UsageError("--provider dynamic-update needs --server ADDR:PORT", command: spec.name)
      }
      let zone = try invocation.value("zone") ?? findZone(of: names[0], at: server)
      let authorities = invocation.values("authoritative")
      return .dynamicUpdate(
        server: server, keyName: key?.0, keyFile: key?.1, zone: zone,
        authorities: authorities.isEmpty ? [server] : authorities)
    case let other:
      let near = nearestWord(to: other, among: kinds).map { "; did you mean \($0)?" } ?? ""
      throw UsageError("--provider is \(kinds.joined(separator: ", "))\(near)", command: spec.name)
    }
  }

  /// The closest name above that the server has an SOA for.
  private static func findZone(of name: DomainName, at server: String) throws -> String {
    let address = try CertificateSettings.address(server, "--server", port: 53)
    var candidate: DomainName? = name.isWildcard ? name.parent : name
    while let origin = candidate, !origin.isRoot {
      let answer = try DNSExchange.ask(Question(origin, .soa), of: address).message
      let owner = (answer.answers + answer.authorities).first { $0.data.type == .soa }?.owner
      if answer.header.isAuthoritative, let owner { return owner.host }
      candidate = origin.parent
    }
    throw UsageError("\(server) serves no zone for \(name): give --zone", command: spec.name)
  }
}
