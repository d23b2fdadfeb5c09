import Certificates
import DNSModel
import Glibc
import Invocation
import Notation
import SystemIO
import TLSToolkit

/// An issuance from the command line, shared by `issue` and `renew`: driven to its end, and told.
struct CertificateRun {
  let settings: CertificateSettings
  let shelf: CertificateShelf
  let console: Console
  let patience: TimeSpan?

  init(
    _ settings: CertificateSettings, _ shelf: CertificateShelf, _ invocation: ParsedInvocation,
    _ console: Console
  ) throws {
    self.settings = settings
    self.shelf = shelf
    self.console = console
    patience = try invocation.value("patience").map { text in
      guard let span = TimeSpan(parsing: text), span > .zero else {
        throw UsageError("--patience is a span such as 90s or 10m", command: invocation.command)
      }
      return span
    }
  }

  func issuer() throws -> ACMEIssuer {
    var wish = try settings.wish()
    if let patience { wish.patience = patience }
    let signals = try SignalSource([SIGINT, SIGTERM, SIGHUP])
    return ACMEIssuer(
      wish: wish, shelf: shelf, publisher: try settings.publisher(tell: console.progress),
      permission: try settings.permission(), progress: console.progress,
      isInterrupted: { signals.next() != nil })
  }

  func issue() throws -> ExitCode {
    try telling {
      let chain = try issuer().issue()
      let report = CertificateReport(chain: chain.map(\.facts), directory: shelf.directory)
      report.show(console, now: SystemClock.wall())
      return .done
    }
  }

  /// What failed, what was left as it was, and what to do.
  func telling(_ work: () throws -> ExitCode) throws -> ExitCode {
    do {
      return try work()
    } catch let failure as IssuanceFailure {
      let name = settings.names.map(\.description).first ?? ""
      console.complain("certificate for \(name): \(failure)")
      let hasChain = (try? shelf.chain()) != nil
      console.progress(
        hasChain
          ? "The certificate in \(shelf.directory) is the one that was there before."
          : "No certificate was installed.")
      switch failure {
      case .tryAgain:
        console.progress(
          "cutover certificate renew \(shelf.directory) goes on where this ended.")
        return .waiting
      case .expired, .inconclusive: return .inconclusive
      case .needsAPerson: return .held
      }
    }
  }
}
