import Assessment
import DNSModel
import Migration
import Notation
import TLSToolkit
import TestBeds
import TestSupport
import Testing

/// A chain to be judged, sound until a case changes one detail of it.
struct ChainBench {
  let workshop: CertificateWorkshop
  var leaf = CertificateWorkshop.template()
  var key: PrivateKey
  /// The certificate between root and leaf.
  var middle: CertificateTemplate
  var middleKey: PrivateKey
  var name = "api.contososhoes.test"
  var moment = CertificateWorkshop.now
  /// What is sent, given leaf, intermediate and root; nil for leaf and intermediate.
  var sends: ((_ leaf: Certificate, _ middle: Certificate, _ root: Certificate) -> [Certificate])?
  var anchors: [Certificate]?

  init(_ workshop: CertificateWorkshop) throws {
    self.workshop = workshop
    key = workshop.leafKey
    middleKey = workshop.intermediate.key
    let now = CertificateWorkshop.now
    middle = .authority("Bench Intermediate", from: now - .days(300), until: now + .days(3000))
  }

  /// Ids with the subject's depth left out; what only signed timestamps would cure is left out too.
  func findings(isPrivate: Bool = false) throws -> [Finding] {
    let authority = try workshop.root.intermediate(middle, key: middleKey)
    let made = try authority.issue(leaf, for: key)
    let root = workshop.root.certificate
    let sent = sends?(made, authority.certificate, root) ?? [made, authority.certificate]
    let identity: ServerIdentity =
      if let bytes = Self.address(name) { .address(bytes) } else {
        .host(try DomainName(parsing: name))
      }
    let first = sent.first ?? made
    let verdict = try ChainVerification(anchors: .of(anchors ?? [root]), at: moment)
      .verdict(for: first, with: Array(sent.dropFirst()), as: identity)
    return ShownFindings(
      sent: sent.map(\.facts), leaf: first.facts, verdict: verdict, subject: "chain",
      isPrivate: isPrivate, at: moment
    ).all.filter { $0.id != "certificate.transparency" }
  }

  private static func address(_ text: String) -> [UInt8]? {
    NetworkAddress(parsing: text, defaultPort: 1)?.bytes
  }

  /// A key that the toolkit would not make.
  static func foreignKey(_ arguments: [String]) throws -> PrivateKey {
    let run = try Programs.run("openssl", arguments)
    guard run.status == 0 else { throw ProgramFailure(description: "\(run)") }
    return try PrivateKey.read(Array(run.stdout.utf8))
  }
}

/// One case: what is changed, and exactly what must be found then.
struct ChainCase: CustomTestStringConvertible, Sendable {
  let title: String
  let expected: Set<String>
  let change: @Sendable (inout ChainBench) throws -> Void

  init(
    _ title: String, _ expected: Set<String>,
    _ change: @escaping @Sendable (inout ChainBench) throws -> Void
  ) {
    self.title = title
    self.expected = expected
    self.change = change
  }

  /// Sound.
  init(_ title: String, _ change: @escaping @Sendable (inout ChainBench) throws -> Void) {
    self.init(title, [], change)
  }

  var testDescription: String { title }
}
