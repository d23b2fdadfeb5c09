import DNSModel
import Migration
import Notation

extension PlanReader {
  func certificate(_ section: PlanSection) -> CertificatePlan {
    let name = section.choice("issuer", CertificatePlan.Issuer.names)
    let usual = CertificatePlan()
    let certificate = CertificatePlan(
      issuer: issuer(name ?? "router", section), authority: section.text("authority"),
      renewal: section.text("renewal") ?? usual.renewal,
      issuanceTime: section.span("issuance-time") ?? usual.issuanceTime,
      life: section.span("life"), ends: section.instant("ends"), seal: section.secret("seal"))
    section.finish()
    return certificate
  }

  private func externalAccount(_ acme: PlanSection) -> ACMEPlan.ExternalBinding? {
    guard let section = acme.optionalSection("external-account") else { return nil }
    let binding = ACMEPlan.ExternalBinding(
      id: requiredText(section, "id", "the key identifier the CA gave"),
      key: requiredSecret(section, "key", "the MAC key the CA gave"))
    section.finish()
    return binding
  }

  private func issuer(_ name: String, _ section: PlanSection) -> CertificatePlan.Issuer {
    switch name {
    case "acme":
      if !section.has("directory") {
        section.missing("directory", "the CA's directory, an https: URL")
      }
      return .acme(
        ACMEPlan(
          directory: section.url("directory", schemes: ["https"]) ?? "",
          challenge: section.choice("challenge", ACMEPlan.Challenge.self) ?? .dns01,
          accountKey: requiredSecret(section, "account-key", "the account's key"),
          contact: section.has("contact") ? section.texts("contact") ?? [] : [],
          oldEndpointForwardsChallenges: section.flag("old-endpoint-forwards-challenges") ?? false,
          staging: section.url("staging", schemes: ["https"]), profile: section.text("profile"),
          preferredChain: section.text("preferred-chain"), external: externalAccount(section),
          request: section.text("request")))
    case "files":
      return .files(
        chain: requiredText(section, "chain", "the PEM file with the whole chain"),
        key: requiredSecret(section, "key", "its private key"))
    case "local-authority":
      return .localAuthority(
        certificate: requiredText(section, "certificate", "the CA's own certificate"),
        key: requiredSecret(section, "key", "the CA's private key"))
    default: return .router
    }
  }

  func requiredSecret(_ section: PlanSection, _ key: String, _ explanation: String)
    -> SecretReference
  {
    if !section.has(key) { section.missing(key, "\(explanation), as file:PATH") }
    return section.secret(key) ?? SecretReference(.file, "")
  }

  func oldEndpoint(_ section: PlanSection) -> OldEndpointPlan {
    let usual = OldEndpointPlan()
    let endpoint = OldEndpointPlan(
      certificate: oldCertificate(section.section("certificate")),
      endOfLife: section.instant("end-of-life"), bindingEnds: section.instant("binding-ends"),
      becomesOrigin: section.flag("becomes-origin") ?? false, lock: lock(section.section("lock")),
      retires: section.flag("retires") ?? false, traffic: traffic(section.section("traffic")),
      minimumTail: section.span("minimum-tail") ?? usual.minimumTail,
      addresses: addresses(section))
    section.finish()
    return endpoint
  }

  private func oldCertificate(_ section: PlanSection) -> OldCertificatePlan {
    let certificate = OldCertificatePlan(
      ends: section.instant("ends"),
      renewal: section.choice("renewal", OldCertificatePlan.Renewal.self) ?? .independent,
      replacement: section.text("replacement"))
    section.finish()
    return certificate
  }

  private func lock(_ section: PlanSection) -> LockPlan {
    let kind = section.choice("kind", ["none", "manual", "exec"]) ?? "none"
    let means: LockPlan.Means
    switch kind {
    case "manual":
      means = .manual(instructions: requiredText(section, "instructions", "what to do, and where"))
    case "exec":
      if !section.has("lock") { section.missing("lock", "the program that locks") }
      means = .program(
        lock: section.command("lock") ?? [],
        unlock: section.has("unlock") ? section.command("unlock") ?? [] : [])
    default: means = .none
    }
    let usual = LockPlan()
    let lock = LockPlan(
      means: means, isReversible: section.flag("reversible") ?? true,
      unlockTime: section.span("unlock-time") ?? usual.unlockTime)
    section.finish()
    return lock
  }

  private func traffic(_ section: PlanSection) -> TrafficSource {
    defer { section.finish() }
    if section.has("attested") {
      if section.flag("attested") == false {
        section.bad(
          "value.choice", "attested", "without a person's word there must be a source of figures",
          remedy: "give \"exec\" or \"query\", with \"below\"")
      }
      return .attested
    }
    guard section.has("exec") || section.has("query") else { return .attested }
    if !section.has("below") {
      section.missing("below", "how many direct requests an hour are quiet")
    }
    let below = section.integer("below", 0...1_000_000_000) ?? 0
    if section.has("exec") { return .program(command: section.command("exec") ?? [], below: below) }
    return .query(url: section.url("query") ?? "", below: below)
  }
}
