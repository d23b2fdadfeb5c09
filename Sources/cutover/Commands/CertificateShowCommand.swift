import Certificates
import Invocation
import Migration
import Notation
import SystemIO
import TLSToolkit

enum CertificateShowCommand: Command {
  static let spec = CommandSpec(
    name: "certificate show",
    summary: "what lies in a certificate directory, and what is under way",
    operands: [OperandSpec("DIR", .one, "as given to certificate issue --out")],
    examples: ["cutover certificate show cert"])

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let directory = invocation.operands[0]
    guard AtomicFile.exists(directory) else {
      throw UsageError("\(safeText(directory)) does not exist", command: spec.name)
    }
    let shelf = try CertificateShelf(directory: directory, seal: nil)
    if let record = try shelf.issuance() {
      let names = record.identifiers.map(\.value).joined(separator: ", ")
      let open = record.challenges.filter { $0.stage != .removed }.count
      console.progress(
        "an order for \(safeText(names)) is under way (\(open) proofs may be published): "
          + "cutover certificate renew \(safeText(directory)) goes on with it")
    }
    guard let pem = try shelf.chain() else {
      console.complain("\(safeText(directory)) holds no certificate yet")
      return .waiting
    }
    let chain = try Certificate.readAll(pem).map(\.facts)
    let now = SystemClock.wall()
    CertificateReport(chain: chain, directory: directory).show(console, now: now)
    return chain.first?.isValid(at: now) == true ? .done : .refused
  }
}
