import Certificates
import DNSModel
import DNSTransport
import Invocation
import Migration
import Notation
import SystemIO
import TLSToolkit

enum CertificateIssueCommand: Command {
  static let spec = CommandSpec(
    name: "certificate issue",
    summary: "get a certificate from an ACME CA, of one's own authority, or from files",
    options: [
      .list("name", "NAME", "a name it is for; the first is its title"),
      .value("csr", "FILE", "a request made elsewhere, PEM or DER: its key stays there"),
      .value("issuer", "KIND", "acme (default), files or local-authority"),
      .value("chain", "FILE", "files: the whole chain as PEM, or a PKCS#12 bag (.p12, .pfx)"),
      .value("authority-certificate", "FILE", "local-authority: the authority's own certificate"),
      .value("private-key", "REFERENCE", "files, local-authority: its key; the bag's passphrase"),
      .value("life", "SPAN", "local-authority: how long it is valid (default: 90d)"),
      .value("directory", "URL", "acme: the CA's directory, https"),
      .value("staging", "URL", "the CA's directory for trials: must succeed there first"),
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
      .value("provider", "KIND", "acme: \(kinds.joined(separator: ", "))"),
      .value("server", "ADDR:PORT", "dynamic-update: the primary"),
      .value("key", "NAME:FILE", "dynamic-update: the TSIG key and the file it is in (0600)"),
      .value("zone-file", "FILE", "zone-file: the file in which the zone's records stand"),
      .value("reload", "COMMAND", "zone-file: what tells its server; words, no shell"),
      .value("program", "COMMAND", "exec: the program and its arguments; words, no shell"),
      .value("zone", "ORIGIN", "DNS: the zone (default: found by asking a server of it)"),
      .list("authoritative", "ADDR:PORT", "DNS: where the proof must be seen (default: --server)"),
      .value("webroot", "DIR", "webroot: the root of the web server that answers for the names"),
      .value("http", "ADDR:PORT", "standalone: where to answer the CA (default: 0.0.0.0:80)"),
      .value("authority", "DOMAIN", "what CAA records call the CA, where its directory is silent"),
      .list("root", "ADDR[:PORT]", "look CAA up from here instead of the public root"),
      .value("authority-port", "PORT", "the port of authorities found from --root (default: 53)"),
      .value("patience", "SPAN", "how long to go on before leaving it for later (default: 10m)"),
    ],
    examples: [
      "cutover certificate issue --name api.example.test --directory https://127.0.0.1:14000/dir "
        + "--ca pebble.pem --provider dynamic-update --server 127.0.0.1:53 --key mig:mig.key --out cert",
      "cutover certificate issue --issuer local-authority --name app.internal.test "
        + "--authority-certificate ca.pem --private-key file:ca.key --out cert",
    ],
    notes: """
      Secrets are given by reference: file:PATH, credential:NAME or env:NAME. An issuance that was cut off
      goes on where it was when the command is given again; nothing is ordered twice.
      CAA is looked up before anything is ordered, at authorities only; with --server on a private address
      and no --root, in the zone itself and no further.
      Exit 0 issued · 2 usage · 4 not yet, run it again · 5 CAA could not be looked up · 6 a person must look.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    if let own = try own(invocation) {
      let directory = invocation.value("out") ?? ""
      let shelf = try own.shelf(directory)
      try own.store(in: directory)
      return try own.issue(shelf, console)
    }
    let settings = try settings(invocation)
    let directory = invocation.value("out") ?? ""
    // What is given by file is read once before anything is kept.
    _ = try settings.wish()
    if case .dynamicUpdate = settings.proof {
      _ = try settings.publisher(tell: console.progress)
    }
    let shelf = try settings.shelf(directory)
    let run = try CertificateRun(settings, shelf, invocation, console)
    try settings.store(in: directory)
    return try run.issue()
  }

  // Renewals are started by timers, from anywhere: what is kept names files from the root down.

  private static func file(_ option: String, _ invocation: ParsedInvocation) -> String? {
    invocation.value(option).map(AtomicFile.anchored)
  }

  private static func anchored(_ reference: String) -> String {
    (try? SecretReference(parsing: reference))?.anchored.text ?? reference
  }

  private static let issuers = ["acme", "files", "local-authority"]

  /// Nil for an ACME CA.
  private static func own(_ invocation: ParsedInvocation) throws -> OwnCertificate? {
    let issuer = invocation.value("issuer") ?? "acme"
    if issuer == "acme" { return nil }
    guard issuers.contains(issuer) else {
      let near = nearestWord(to: issuer, among: issuers).map { "; did you mean \($0)?" } ?? ""
      throw UsageError("--issuer is \(issuers.joined(separator: ", "))\(near)", command: spec.name)
    }
    var problems: [String] = []
    let names = try names(invocation, &problems)
    let file = issuer == "files" ? "chain" : "authority-certificate"
    for option in [file, "private-key"] where invocation.value(option) == nil {
      problems.append("--issuer \(issuer) needs --\(option)")
    }
    for option in ["csr", "directory", "provider"] where invocation.value(option) != nil {
      problems.append("--\(option) is for --issuer acme")
    }
    for reference in ["private-key", "seal"].compactMap({ invocation.value($0) }) {
      do { _ = try SecretReference(parsing: reference) } catch { problems.append("\(error)") }
    }
    let life = invocation.value("life")
    if let life, (TimeSpan(parsing: life) ?? .zero) <= .zero {
      problems.append("--life is a span such as 12h or 90d, not \(safeText(life))")
    }
    guard problems.isEmpty, let path = Self.file(file, invocation),
      let key = invocation.value("private-key").map(anchored)
    else { throw UsageError(problems, command: spec.name) }
    let source: OwnCertificate.Source =
      issuer == "files"
      ? .files(chain: path, key: key) : .localAuthority(certificate: path, key: key, life: life)
    return OwnCertificate(
      names: names, source: source, seal: invocation.value("seal").map(anchored))
  }

  private static func settings(_ invocation: ParsedInvocation) throws -> CertificateSettings {
    var problems: [String] = []
    for (option, what) in [("directory", "URL"), ("provider", "KIND")]
    where invocation.value(option) == nil {
      problems.append("--\(option) \(what) is required")
    }
    let names = try names(invocation, &problems)
    let isDNS = ProviderPlan.Kind.names.contains(invocation.value("provider") ?? "")
    if !isDNS, let wildcard = names.first(where: \.isWildcard) {
      problems.append(
        "--name \(wildcard): a wildcard is proven by DNS; use one of "
          + ProviderPlan.Kind.names.joined(separator: ", "))
    }
    for option in ["directory", "staging"] {
      if let url = invocation.value(option), !url.lowercased().hasPrefix("https://") {
        problems.append("--\(option) is an https URL (RFC 8555 §6.1), not \(safeText(url))")
      }
    }
    let port = invocation.value("authority-port") ?? "53"
    if UInt16(port) == nil { problems.append("--authority-port \(safeText(port)) is no port") }
    let external = pair(invocation.value("eab"), "--eab", "=", &problems)
    let key = pair(invocation.value("key"), "--key", ":", &problems)
    for reference in [external?.1, invocation.value("seal")].compactMap({ $0 }) {
      do { _ = try SecretReference(parsing: reference) } catch { problems.append("\(error)") }
    }
    guard problems.isEmpty else { throw UsageError(problems, command: spec.name) }
    let settings = CertificateSettings(
      names: names, directory: invocation.value("directory") ?? "",
      authorityFile: file("ca", invocation), contact: invocation.values("contact"),
      externalKeyID: external?.0, externalKey: external.map { anchored($0.1) },
      profile: invocation.value("profile"),
      keyType: invocation.value("key-type") ?? "p256",
      requiresStaple: invocation.flag("must-staple"),
      preferredIssuer: invocation.value("preferred-chain"),
      proof: try proof(invocation, key: key, names: names),
      seal: invocation.value("seal").map(anchored),
      requestFile: file("csr", invocation), staging: invocation.value("staging"),
      authority: invocation.value("authority"), roots: invocation.values("root"),
      authorityPort: UInt16(port) ?? 53)
    _ = try settings.keyKind()
    for root in settings.roots { _ = try CertificateSettings.address(root, "--root", port: 53) }
    return settings
  }

  /// As given, or as they stand in the request.
  private static func names(
    _ invocation: ParsedInvocation, _ problems: inout [String]
  ) throws -> [DomainName] {
    var names: [DomainName] = []
    for text in invocation.values("name") {
      do {
        let name = try DomainName(parsing: text)
        if !names.contains(name) { names.append(name) }
      } catch {
        problems.append("--name \(safeText(text)): \(error)")
      }
    }
    if let file = invocation.value("csr") {
      let request = try CertificateRequest.read(try AtomicFile.read(file))
      let asked = request.alternativeNames.compactMap { name -> DomainName? in
        guard case .dns(let text) = name else { return nil }
        return try? DomainName(parsing: text)
      }
      if asked.isEmpty { problems.append("--csr \(safeText(file)): it asks for no DNS name") }
      if names.isEmpty { names = asked }
      if Set(names) != Set(asked) {
        problems.append("--name and --csr do not ask for the same names")
      }
    } else if names.isEmpty, problems.isEmpty {
      problems.append("--name NAME is needed, or --csr FILE")
    }
    return names
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

  private static let kinds = ProviderPlan.Kind.names + ["webroot", "standalone"]

  private static func proof(
    _ invocation: ParsedInvocation, key: (String, String)?, names: [DomainName]
  ) throws -> CertificateSettings.Proof {
    let kind = invocation.value("provider") ?? ""
    func needed(_ option: String, _ what: String) throws -> String {
      guard let value = invocation.value(option) else {
        throw UsageError("--provider \(kind) needs --\(option) \(what)", command: spec.name)
      }
      return value
    }
    switch kind {
    case "webroot": return .webroot(AtomicFile.anchored(try needed("webroot", "DIR")))
    case "standalone": return .standalone(invocation.value("http") ?? "0.0.0.0:80")
    case "dynamic-update":
      let server = try needed("server", "ADDR:PORT")
      let authorities = invocation.values("authoritative")
      return .dynamicUpdate(
        server: server, keyName: key?.0, keyFile: key.map { AtomicFile.anchored($0.1) },
        zone: try zone(invocation, of: names, at: server),
        authorities: authorities.isEmpty ? [server] : authorities)
    case "zone-file":
      return try provider(
        .zoneFile(
          path: AtomicFile.anchored(needed("zone-file", "FILE")),
          reload: words(invocation.value("reload") ?? "")),
        invocation, names)
    case "exec":
      let words = words(try needed("program", "COMMAND"))
      return try provider(.program(command: words, secrets: []), invocation, names)
    case "manual": return try provider(.manual(instructions: ""), invocation, names)
    case let other:
      let near = nearestWord(to: other, among: kinds).map { "; did you mean \($0)?" } ?? ""
      throw UsageError("--provider is \(kinds.joined(separator: ", "))\(near)", command: spec.name)
    }
  }

  private static func words(_ command: String) -> [String] {
    var words = command.split(separator: " ").map(String.init)
    // A bare word is looked for in PATH.
    if let program = words.first, program.contains("/") {
      words[0] = AtomicFile.anchored(program)
    }
    return words
  }

  private static func provider(
    _ kind: ProviderPlan.Kind, _ invocation: ParsedInvocation, _ names: [DomainName]
  ) throws -> CertificateSettings.Proof {
    let authorities = invocation.values("authoritative")
    guard let first = authorities.first else {
      throw UsageError(
        "--provider \(kind.name) needs --authoritative ADDR:PORT: where the proof must be seen",
        command: spec.name)
    }
    let zone = try zone(invocation, of: names, at: first)
    return .provider(kind, zone: zone, authorities: authorities)
  }

  /// As given, or found; every name must be in it.
  private static func zone(
    _ invocation: ParsedInvocation, of names: [DomainName], at server: String
  ) throws -> String {
    let zone = try invocation.value("zone") ?? findZone(of: names[0], at: server)
    let origin = try DomainName(parsing: zone)
    if let stranger = names.first(where: { !$0.isWithin(origin) }) {
      throw UsageError(
        "--name \(stranger): it is not in the zone \(origin); one run proves names of one zone",
        command: spec.name)
    }
    return zone
  }

  /// The closest name above that the server has an SOA for.
  private static func findZone(of name: DomainName, at server: String) throws -> String {
    let address = try CertificateSettings.address(server, "--server", port: 53)
    var candidate: DomainName? = name.isWildcard ? name.parent : name
    while let origin = candidate, !origin.isRoot {
      let answer: Message
      do { answer = try DNSExchange.ask(Question(origin, .soa), of: address).message } catch {
        throw Complaint(
          "which zone \(name) is in could not be asked of \(server): \(error). Nothing was made; give "
            + "--zone, or see that the server answers", .failed)
      }
      let owner = (answer.answers + answer.authorities).first { $0.data.type == .soa }?.owner
      if answer.header.isAuthoritative, let owner { return owner.host }
      candidate = origin.parent
    }
    throw UsageError("\(server) serves no zone for \(name): give --zone", command: spec.name)
  }
}
