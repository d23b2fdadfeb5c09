import DNSModel
import DNSProviders
import Foundation
import Notation
import TLSToolkit
import TestBeds
import TestSupport
import Testing

/// `cutover tls` as a person uses it. (What is found, and where nothing is, is held by CertificatesTests.)
@Suite struct TLSCommandTests {
  let folder = TemporaryDirectory()

  @Test func aChainIsJudgedOffline() throws {
    let workshop = try CertificateWorkshop()
    let chain = try workshop.leaf().pem + workshop.intermediate.certificate.pem
    folder.write("chain.pem", chain)
    folder.write("root.pem", workshop.root.certificate.pem)
    folder.write("leaf.pem", try workshop.leaf().pem)
    func judge(_ file: String, name: String, at: String) throws -> ProgramRun {
      try Programs.cutover([
        "tls", "--chain", folder.file(file), "--name", name, "--ca", folder.file("root.pem"),
        "--at", at, "--json",
      ])
    }
    let (name, now) = ("api.contososhoes.test", "2026-11-21T12:00:00Z")
    let sound = try judge("chain.pem", name: name, at: now)
    #expect(sound.status == 0, "\(sound)")
    #expect(try JSON(parsing: sound.stdout)["verdict"]?["trusted"]?.bool == true)
    for (file, name, at, id) in [
      ("chain.pem", "www.contososhoes.test", now, "chain.wrong-name"),
      ("chain.pem", name, "2027-06-01T00:00:00Z", "chain.expired"),
      ("chain.pem", name, "2026-01-01T00:00:00Z", "chain.not-yet-valid"),
      ("leaf.pem", name, now, "chain.incomplete"),
    ] {
      let run = try judge(file, name: name, at: at)
      #expect(run.status == 3, "\(run)")
      let ids = try JSON(parsing: run.stdout)["findings"]?.array?.compactMap { $0["id"]?.string }
      #expect(ids?.contains(id) == true, "\(run)")
    }
    let system = try Programs.cutover(["tls", "--chain", folder.file("chain.pem"), "--name", name])
    #expect(system.status == 3, "nobody on this machine trusts the workshop")
    folder.write("rubbish.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    #expect(try judge("rubbish.pem", name: name, at: now).status == 1)
  }

  @Test func parityIsATableThatCanBeSigned() throws {
    let endpoints = try TwoEndpoints()
    func compare(_ more: [String]) throws -> ProgramRun {
      try Programs.cutover(
        [
          "tls", "api.example.test", "--connect", "127.0.0.1:\(endpoints.new)", "--compare",
          "127.0.0.1:\(endpoints.old)", "--ca", endpoints.trust,
        ] + more)
    }
    let plain = try compare([])
    #expect(plain.status == 0, "\(plain)")
    #expect(plain.stdout.hasPrefix("different  body:/"), "\(plain)")
    #expect(plain.stdout.contains("aspects are the same"))
    let accepted = try compare(["--accept", "body:/"])
    #expect(accepted.stdout.hasPrefix("accepted   body:/"), "\(accepted)")
    let table = try compare(["--markdown"]).stdout
    #expect(table.contains("| aspect | old | new |") && table.contains("Reviewed by: ____"))
    let page = try compare(["--html"]).stdout
    #expect(page.hasPrefix("<!doctype html>") && page.contains("<td>body:/</td>"))
    let rows = try JSON(parsing: compare(["--json"]).stdout)["rows"]?.array ?? []
    let aspects = Set(rows.compactMap { $0["aspect"]?.string })
    #expect(
      aspects.isSuperset(of: [
        "tls:minimum-version", "tls:suites", "tls:client-certificate", "tls:issuer", "tls:pin",
        "tls:intermediates", "tls:alpn", "address-families", "status:/", "redirect:/", "body:/",
        "compression:/", "websocket:/", "limit:url", "limit:header", "limit:body", "limit:idle",
      ]), "\(aspects)")
  }

  @Test func aDeadSideIsUnknownAndNeverAlike() throws {
    let endpoints = try TwoEndpoints()
    let nobody = try FreePort.next()
    for (old, new) in [(endpoints.old, nobody), (nobody, endpoints.new), (nobody, nobody)] {
      let run = try Programs.cutover([
        "tls", "api.example.test", "--connect", "127.0.0.1:\(new)", "--compare",
        "127.0.0.1:\(old)", "--ca", endpoints.trust,
      ])
      #expect(run.status == 5, "\(run)")
    }
  }

  @Test func aPlanShowsBothEndpointsAndTheCertificatesInTime() throws {
    let world = try MoveWorld()
    let run = try Programs.cutover(["tls", "--plan", world.plan(), "--json"])
    #expect(run.status == 0, "\(run)")
    let json = try JSON(parsing: run.stdout)
    #expect(json["new"]?["verdict"]?.string == "ready")
    #expect(json["timeline"]?["decideBy"]?.string != nil)
    #expect(json["old"]?["certificateEnds"]?.string != nil)
    let text = try Programs.cutover(["tls", "--plan", world.plan()])
    for words in ["PARITY", "TIMELINE", "decide by", "C cutover", "new endpoint: ready"] {
      #expect(text.stdout.contains(words), "\(text)")
    }
    let audit = try Programs.cutover(["audit", world.plan(), "--endpoints", "--json"])
    let seen = try JSON(parsing: audit.stdout)["endpoints"]?.array?.first
    #expect(seen?["new"]?["verdict"]?.string == "ready", "\(audit)")
    #expect(seen?["parity"]?.array?.isEmpty == false)
    let page = try Programs.cutover(["tls", "--plan", world.plan(), "--html"])
    #expect(page.stdout.contains("<svg") && page.stdout.contains("Reviewed by"))
    // A way back that is promised for longer than the old certificate lasts, and nobody sees it renewed.
    let long = try Programs.cutover(["tls", "--plan", world.plan(rollbackWindow: "30d"), "--json"])
    let ids = try JSON(parsing: long.stdout)["findings"]?.array?.compactMap { $0["id"]?.string }
    #expect(ids?.contains("timeline.old.must-renew") == true, "\(long)")
  }
}

/// What a run rests on at the endpoints.
@Suite struct EndpointGateTests {
  private func explained(_ world: MoveWorld, until words: String) throws -> String {
    var last = ""
    _ = try world.waits(seconds: 60) {
      last = try world.cutover(["explain"]).stdout
      return last.contains(words)
    }
    return last
  }

  @Test func r10AnOldCertificateThatEndsWithinTheWayBackHoldsTheCutover() throws {
    let world = try MoveWorld()
    #expect(try world.cutover(["start", world.plan(rollbackWindow: "30d")]).status == 0)
    let engine = try world.engine()
    defer { engine.stop() }
    let words = "the old endpoint's certificate ends"
    let reasons = try explained(world, until: words)
    #expect(reasons.contains(words), "\(reasons)")
    #expect(try world.record().content == MoveTests.alias("old.example.net", 1), "\(reasons)")
  }

  /// R9: whatever answers at the new address, without the name's own chain nothing is moved there.
  @Test func r9ANewEndpointWithAnotherCertificateIsNeverCutOverTo() throws {
    let world = try MoveWorld()
    let stranger = try HAProxyBed(defaultName: "stranger.example.test")
    let text = try String(contentsOfFile: world.plan(), encoding: .utf8)
      .replacingOccurrences(
        of: "127.0.0.1:\(world.endpoints.new)", with: "127.0.0.1:\(stranger.port)")
    let plan = world.directory.write("stranger.yaml", text)
    #expect(try world.cutover(["start", plan]).status == 0)
    let engine = try world.engine()
    defer { engine.stop() }
    let words = "the router: not as it must be"
    let reasons = try explained(world, until: words)
    #expect(reasons.contains(words), "\(reasons)")
    #expect(try world.record().content != MoveTests.alias("new.example.net", 1))
    #expect(!world.isDone("router.bind") && !world.isDone("cutover"))
  }
}
