import Certificates
import HTTP
import Invocation
import Migration
import Notation
import SystemIO
import TLSToolkit

enum CertificateRenewCommand: Command {
  static let spec = CommandSpec(
    name: "certificate renew", summary: "renew what certificate issue got, when it is time",
    operands: [OperandSpec("DIR", .one, "as given to certificate issue --out")],
    options: [
      .flag("force", "renew although it is not time yet"),
      .flag("new-account-key", "give the account a new key, and renew nothing"),
      .value("patience", "SPAN", "how long to go on before leaving it for later (default: 10m)"),
    ],
    examples: ["cutover certificate renew cert"],
    notes: """
      It is time when the CA says so (ACME Renewal Information, RFC 9773), or else when a third of the
      certificate's life is left. An order that was cut off is gone on with in any case.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let directory = invocation.operands[0]
    guard AtomicFile.exists(CertificateSettings.path(directory)) else {
      throw UsageError(
        "\(safeText(directory)) holds nothing that certificate issue left there", command: spec.name
      )
    }
    if let own = try OwnCertificate.stored(in: directory) {
      return try renew(own, directory, invocation, console)
    }
    let settings = try CertificateSettings.stored(in: directory)
    let shelf = try settings.shelf(directory)
    let run = try CertificateRun(settings, shelf, invocation, console)
    if invocation.flag("new-account-key") {
      return try run.telling {
        try run.issuer().changeAccountKey()
        return .done
      }
    }
    let isUnderWay = try shelf.issuance() != nil
    if !isUnderWay, !invocation.flag("force"), let pem = try shelf.chain(),
      let leaf = try Certificate.readAll(pem).first?.facts
    {
      let due = try dueTime(leaf, settings, console)
      guard due.at <= SystemClock.wall() else {
        return tellOfTime(due.at, due.basis, console)
      }
    }
    return try run.issue()
  }

  private static func tellOfTime(
    _ due: UTCInstant, _ basis: String, _ console: Console
  ) -> ExitCode {
    if console.wantsJSON {
      console.result([
        "renewed": false, "due": .string(due.description), "basis": .string(basis),
      ])
    } else {
      console.result("not before \(due) (\(basis)); --force renews now")
    }
    return .done
  }

  private static let ageBasis = "a third of its life is left then"

  private static func renew(
    _ own: OwnCertificate, _ directory: String, _ invocation: ParsedInvocation, _ console: Console
  ) throws -> ExitCode {
    if invocation.flag("new-account-key") {
      throw UsageError("--new-account-key: there is no account at a CA", command: spec.name)
    }
    let shelf = try own.shelf(directory)
    if !invocation.flag("force"), let pem = try shelf.chain(),
      let leaf = try Certificate.readAll(pem).first?.facts, let due = own.due(after: leaf),
      due > SystemClock.wall()
    {
      return tellOfTime(due, ageBasis, console)
    }
    return try own.issue(shelf, console)
  }

  private static func dueTime(
    _ leaf: CertificateFacts, _ settings: CertificateSettings, _ console: Console
  ) throws -> (at: UTCInstant, basis: String) {
    let third = TimeSpan(milliseconds: leaf.lifetime.milliseconds / 3)
    let byAge = (at: leaf.notAfter - third, basis: ageBasis)
    guard let key = leaf.authorityKeyIdentifier else { return byAge }
    var options = HTTPClient.Options()
    if let file = settings.authorityFile {
      options.trust = .anchors(pem: try AtomicFile.read(file))
    }
    let identifier = renewalIdentifier(authorityKeyIdentifier: key, serial: leaf.serialNumber)
    do {
      guard
        let info = try ACMERenewalInfo.ask(
          directoryURL: settings.directory, identifier: identifier, transport: HTTPClient(options))
      else { return byAge }
      // Somewhere in the window, the same place each time for the same certificate: renewals of many
      // certificates are spread over it, as RFC 9773 §4.2 asks.
      let window = (info.end - info.start).milliseconds
      let place = Int64(leaf.fingerprint.prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
      let at = info.start + TimeSpan(milliseconds: window / 1000 * (place % 1000))
      let page = info.explanation.map { ", see \(safeText($0))" } ?? ""
      return (at, "the CA suggests \(info.start) to \(info.end)\(page)")
    } catch {
      console.progress("the CA's renewal advice could not be had (\(error)); going by age")
      return byAge
    }
  }
}
