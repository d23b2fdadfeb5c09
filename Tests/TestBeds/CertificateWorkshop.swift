// Sparse checkouts may lack the toolkit; the other suites' support must build there all the same.
#if canImport(TLSToolkit)
  import DNSModel
  import Notation
  import TLSToolkit

  /// A root, an intermediate and leaves below them, made once per test process: right, or wrong in one
  /// chosen detail.
  public struct CertificateWorkshop: Sendable {
    public static let now = UTCInstant(parsing: "2026-11-21T12:00:00Z") ?? .distantPast

    public let rootKey: PrivateKey
    public let root: LocalAuthority
    public let intermediate: LocalAuthority
    public let leafKey: PrivateKey

    public init(around now: UTCInstant = CertificateWorkshop.now) throws {
      rootKey = try .generate(.p256)
      let from = now - .days(365)
      let until = now + .days(3650)
      root = try .root(.authority("Workshop Root", from: from, until: until), key: rootKey)
      intermediate = try root.intermediate(
        .authority("Workshop Intermediate", from: from, until: until), key: .generate(.p256))
      leafKey = try .generate(.p256)
    }

    public static func template(
      _ names: [DomainName] = ["api.contososhoes.test"], around now: UTCInstant = Self.now
    ) -> CertificateTemplate {
      CertificateTemplate(names: names, from: now - .days(10), until: now + .days(80))
    }

    public func leaf(
      around now: UTCInstant = Self.now, _ change: (inout CertificateTemplate) -> Void = { _ in }
    ) throws -> Certificate {
      var template = Self.template(around: now)
      change(&template)
      return try intermediate.issue(template, for: leafKey)
    }
  }
#endif
