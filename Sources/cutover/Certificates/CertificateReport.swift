import Invocation
import Migration
import Notation

/// What is said of a chain that lies on a shelf.
struct CertificateReport {
  let chain: [CertificateFacts]
  let directory: String

  func show(_ console: Console, now: UTCInstant) {
    if console.wantsJSON {
      console.result(
        .record([
          ("directory", .string(directory)), ("chain", .array(chain.map(\.json))),
          ("secondsLeft", leaf.map { .integer(($0.notAfter - now).milliseconds / 1000) }),
        ]))
      return
    }
    guard let leaf else { return }
    let names = (leaf.alternativeNames ?? []).map(\.description).joined(separator: ", ")
    console.result("names    \(safeText(names))")
    console.result("issuer   \(safeText(leaf.issuer))")
    console.result("key      \(leaf.key.description)")
    console.result("from     \(leaf.notBefore)")
    let left = leaf.notAfter - now
    console.result("until    \(leaf.notAfter) (\(left > .zero ? "\(left) left" : "it has ended"))")
    console.result("chain    \(chain.map(\.title).joined(separator: " ← "))")
    console.result("files    \(directory)/chain.pem and the key beside it")
  }

  private var leaf: CertificateFacts? { chain.first }
}
