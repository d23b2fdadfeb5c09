import DNSModel
import DNSTransport
import Foundation
import Notation
import SystemIO
import TestBeds
import TestSupport
import Testing

/// Proofs for a real Pebble through each provider that is not told by dynamic update: a zone file, a program,
/// a person. Each is published and withdrawn for real.
@Suite struct ZoneProofTests {
  let folder = TemporaryDirectory()

  func words(
    _ ca: PebbleCA, _ names: [String], _ server: SocketAddress, _ more: [String]
  ) -> [String] {
    folder.write("ca.pem", String(decoding: ca.anchors, as: UTF8.self))
    return ["certificate", "issue"] + names.flatMap { ["--name", $0] } + [
      "--directory", ca.directory, "--ca", folder.file("ca.pem"), "--out", folder.file("cert"),
      "--authority", "pebble.example", "--authoritative", "\(server)",
    ] + more
  }

  func proofs(_ domain: String, at server: SocketAddress) throws -> [ResourceRecord] {
    let name = try DomainName(parsing: "_acme-challenge.\(domain)")
    return try DNSExchange.ask(Question(name, .txt), of: server).message.answers
  }

  func isGone(_ domain: String, at server: SocketAddress) throws -> Bool {
    let end = Date().addingTimeInterval(20)
    while Date() < end {
      if try proofs(domain, at: server).isEmpty { return true }
      usleep(50_000)
    }
    return false
  }

  // MARK: a zone file

  func fileOptions(_ zone: FileServedZone, path: String? = nil) -> [String] {
    [
      "--provider", "zone-file", "--zone-file", path ?? zone.path, "--reload",
      zone.reload.joined(separator: " "),
    ]
  }

  /// But for the serial, which has moved on.
  func isAsItWas(_ zone: FileServedZone) -> Bool {
    let (before, now) = (UpdatablePrimary.zone, zone.text)
    func rest(_ text: String) -> String {
      text.replacing(/hostmaster [0-9]+/) { _ in "hostmaster N" }
    }
    return rest(before) == rest(now)
  }

  @Test(arguments: [UpdatablePrimary.Kind.bind, .ours])
  func aZoneFileCarriesBothProofsOfAnApexAndItsWildcard(kind: UpdatablePrimary.Kind) throws {
    let zone = try FileServedZone(kind)
    let ca = try PebbleCA(dns: "\(zone.address)")
    let issued = try Programs.run(
      Programs.cutover(),
      words(
        ca, ["example.test", "*.example.test"], zone.address,
        fileOptions(zone, path: "example.test.zone")), directory: zone.directory.path, seconds: 120)
    #expect(issued.status == 0, "\(issued)")
    #expect(ca.orders == 1 && ca.validations == 2)
    #expect(isAsItWas(zone), "\(zone.text)")
    #expect(try isGone("example.test", at: zone.address))
    // All that it takes is kept beside the certificate, wherever it is renewed from.
    let renewed = try Programs.cutover(
      ["certificate", "renew", folder.file("cert"), "--force"], seconds: 120)
    #expect(renewed.status == 0, "\(renewed)")
    #expect(isAsItWas(zone), "\(zone.text)")
  }

  @Test func killedWithTheProofInTheFileTheNextRunTakesItOut() throws {
    let zone = try FileServedZone(.ours)
    let ca = try PebbleCA(dns: "\(zone.address)")
    // A second authority that answers nobody keeps the CA from being told.
    let silent = try FreePort.next()
    let waiting = ["--authoritative", "127.0.0.1:\(silent)"]
    let run = try ServerProcess(
      Programs.cutover(),
      words(ca, ["shop.example.test"], zone.address, waiting + fileOptions(zone)))
    _ = try run.wait(for: "the proof to be published") {
      run.stderr.contains("was published") ? true : nil
    }
    run.send(SIGKILL)
    _ = try? run.waitForEnd()
    #expect(zone.text.contains("_acme-challenge.shop.example.test. 60 IN TXT \""))
    #expect(try proofs("shop.example.test", at: zone.address).count == 1)
    let issued = try Programs.cutover(
      words(ca, ["shop.example.test"], zone.address, fileOptions(zone)), seconds: 120)
    #expect(issued.status == 0, "\(issued)")
    #expect(ca.orders == 1 && ca.validations == 1)
    #expect(isAsItWas(zone), "\(zone.text)")
    #expect(try isGone("shop.example.test", at: zone.address))
  }

  @Test func aZoneFileIsLeftAloneWhereOnlyAWildcardMakesTheNameExist() throws {
    let zone = try FileServedZone(.ours)
    let ca = try PebbleCA(dns: "\(zone.address)")
    let held = try Programs.cutover(
      words(ca, ["a.wild.example.test"], zone.address, fileOptions(zone)))
    #expect(held.status == 6, "\(held)")
    #expect(held.stderr.contains("exists only through a wildcard"), "\(held)")
    #expect(zone.text == UpdatablePrimary.zone && ca.validations == 0)
  }

  // MARK: a program

  /// A program that speaks for BIND with the tools of its own.
  func program(_ primary: UpdatablePrimary, challenges: Bool = true) -> [String] {
    let script = folder.write(
      "provider.py",
      """
      import json, subprocess, sys
      request = json.loads(sys.stdin.readline())
      def update(line):
          text = "server 127.0.0.1 \(primary.address.port)\\nzone example.test\\n" + line + "\\nsend\\n"
          key = "hmac-sha256:broad:\(UpdatablePrimary.secret)"
          done = subprocess.run(["nsupdate", "-y", key], input=text, text=True)
          return {"outcome": "applied" if done.returncode == 0 else "unknown"}
      record = '%s 60 TXT "%s"' % (request["name"], request.get("text"))
      answers = {
          "describe": lambda: {"cutover": 1, "longestWriteSeconds": 5\(challenges ? ", \"challenges\": True" : "")},
          "read": lambda: {"absent": True},
          "publish": lambda: update("update add " + record),
          "withdraw": lambda: update("update delete " + record),
      }
      print(json.dumps(answers[request["operation"]]()))
      """)
    return ["--provider", "exec", "--program", "python3 \(script)"]
  }

  @Test func aProgramPublishesAndWithdraws() throws {
    let primary = try UpdatablePrimary(.bind)
    let ca = try PebbleCA(dns: "\(primary.address)")
    let issued = try Programs.cutover(
      words(ca, ["example.test", "*.example.test"], primary.address, program(primary)),
      seconds: 120)
    #expect(issued.status == 0, "\(issued)")
    #expect(ca.validations == 2)
    #expect(try proofs("example.test", at: primary.address).isEmpty)
    let renewed = try Programs.cutover(
      ["certificate", "renew", folder.file("cert"), "--force"], seconds: 120)
    #expect(renewed.status == 0, "\(renewed)")
    // It finds nothing there, and a wildcard answers: nothing is added below.
    let held = try Programs.cutover(
      words(ca, ["a.wild.example.test"], primary.address, program(primary)))
    #expect(held.status == 6 && held.stderr.contains("exists only through a wildcard"), "\(held)")
  }

  @Test func aProgramThatHasNoProofsIsNotAskedForOne() throws {
    let primary = try UpdatablePrimary(.ours)
    let ca = try PebbleCA(dns: "\(primary.address)")
    let held = try Programs.cutover(
      words(ca, ["shop.example.test"], primary.address, program(primary, challenges: false)))
    #expect(held.status == 6, "\(held)")
    #expect(held.stderr.contains("does not say \"challenges\":true"), "\(held)")
    #expect(ca.validations == 0)
  }

  // MARK: a person

  /// The value that was printed.
  static func printed(_ text: String) -> String? {
    guard let found = text.firstMatch(of: #/type    TXT\n.*value   ([A-Za-z0-9_-]{43}) /#) else {
      return nil
    }
    return String(found.1)
  }

  @Test func aPersonEntersWhatIsPrinted() throws {
    let primary = try UpdatablePrimary(.ours)
    let ca = try PebbleCA(dns: "\(primary.address)")
    let run = try ServerProcess(
      Programs.cutover(),
      words(ca, ["shop.example.test"], primary.address, ["--provider", "manual"]))
    let value = try run.wait(for: "what to enter") { Self.printed(run.stderr) }
    _ = try run.wait(for: "the wait") {
      run.stderr.contains("a person adds _acme-challenge.shop.example.test. TXT") ? true : nil
    }
    #expect(ca.validations == 0)
    let script = """
      server 127.0.0.1 \(primary.address.port)
      zone example.test
      update add _acme-challenge.shop.example.test. 60 TXT \(value)
      send

      """
    let entered = try Programs.run(
      "nsupdate", ["-y", "hmac-sha256:broad:\(UpdatablePrimary.secret)"], stdin: script)
    #expect(entered.status == 0, "\(entered)")
    #expect(try run.waitForEnd(seconds: 60) == 0, "\(run.stderr)")
    #expect(ca.orders == 1 && ca.validations == 1)
    #expect(run.stderr.contains("Not needed any more: remove this record"), "\(run.stderr)")
  }

  // MARK: options

  @Test func whatAProviderNeedsIsSaid() throws {
    let cases: [([String], String)] = [
      (["--provider", "zone-file"], "--provider zone-file needs --zone-file FILE"),
      (["--provider", "exec"], "--provider exec needs --program COMMAND"),
      (["--provider", "manual"], "--provider manual needs --authoritative ADDR:PORT"),
      (["--provider", "manul"], "did you mean manual?"),
    ]
    for (options, said) in cases {
      let run = try Programs.cutover(
        [
          "certificate", "issue", "--name", "shop.example.test", "--directory",
          "https://127.0.0.1:1/dir", "--out", folder.file("cert"),
        ] + options)
      #expect(run.status == 2 && run.stderr.contains(said), "\(said): \(run)")
    }
  }
}
