import DNSModel
import DNSProviders
import Migration
import Notation
import Reports
import Routers
import SystemIO

/// What can be done to the sandbox while it runs, by a key of its view or by `cutover sandbox do`.
public enum SandboxVerb: String, Hashable, Sendable, CaseIterable {
  case killRegion = "kill"
  case reviveRegion = "revive"
  case addRegion = "add"
  case breakDependency = "break-dependency"
  case mendDependency = "mend-dependency"
  case lag
  case catchUp = "catch-up"
  case cutOff = "cut-off"
  case reconnect
  case breakCertificate = "break-certificate"
  case mendCertificate = "mend-certificate"
  case editZone = "edit-zone"
  case closeOld = "close-old"
  case openOld = "open-old"
  case directRequests = "direct-requests"
  case note
  case timeRollback = "time-rollback"

  public var summary: String {
    switch self {
    case .killRegion: "REGION: it is gone from one moment to the next"
    case .reviveRegion: "REGION: it is back"
    case .addRegion: "REGION: the router takes it on"
    case .breakDependency: "REGION: its database is out of reach"
    case .mendDependency: "REGION: its database is back"
    case .lag: "the secondary falls eight seconds behind"
    case .catchUp: "the secondary is as current as usual"
    case .cutOff: "no authority of the zone answers"
    case .reconnect: "the authorities answer again"
    case .breakCertificate: "the router shows a certificate for the name that nobody trusts"
    case .mendCertificate: "the router shows the right one again"
    case .editZone: "somebody changes the record behind our back"
    case .closeOld: "the old endpoint refuses direct clients"
    case .openOld: "the old endpoint serves direct clients"
    case .directRequests: "how many requests came to the old endpoint directly, of late"
    case .note: "TEXT: a line for the report; - for the message that a hook is given"
    case .timeRollback: "[PROMISED-MS]: from now to the last answer of the new path"
    }
  }

  public static func hint(for word: String) -> String {
    nearestWord(to: word, among: allCases.map(\.rawValue)).map { "; did you mean \($0)?" } ?? ""
  }
}

extension SandboxWorld {
  /// Does it, and says what was done.
  public func perform(_ verb: SandboxVerb, _ argument: String?) throws -> String {
    switch verb {
    case .killRegion: return try kill(region(argument))
    case .reviveRegion:
      let region = try region(argument)
      try region.start()
      return noted("\(region.name) is back")
    case .addRegion: return try add(region(argument))
    case .breakDependency, .mendDependency:
      let region = try region(argument)
      if verb == .breakDependency { foretellRefusals(by: region) }
      region.isDependencyWell = verb == .mendDependency
      return noted("\(region.name): its database is \(region.isDependencyWell ? "back" : "lost")")
    case .lag, .catchUp: return try setLag(verb == .lag)
    case .cutOff, .reconnect:
      try names.cutOff(verb == .cutOff)
      switches.withLock { $0.isCutOff = verb == .cutOff }
      if verb == .cutOff { foretellSilence() } else { close(Self.silence, after: .seconds(10)) }
      return noted(verb == .cutOff ? "no authority answers" : "the authorities answer again")
    case .breakCertificate: return try breakCertificate()
    case .mendCertificate: return try mendCertificate()
    case .editZone:
      let outcome = names.editBehindOurBack()
      guard outcome == .applied else { throw SandboxError("the zone was not edited: \(outcome)") }
      return noted("somebody changed the record: \(names.record.map { "\($0)" } ?? "gone")")
    case .closeOld, .openOld:
      old.isLocked = verb == .closeOld
      return noted("the old endpoint is \(old.isLocked ? "closed to" : "open for") direct clients")
    case .directRequests: return "\(old.recentDirect)"
    case .note: return noted(safeText(argument ?? "", limit: 200))
    case .timeRollback:
      let promised = argument.flatMap { Int64($0) }.map { TimeSpan.milliseconds($0) }
      watch.timeRollback(promised: promised)
      return noted("from now on the way back is timed")
    }
  }

  private func noted(_ text: String) -> String {
    crowd.note(text)
    return text
  }

  private func region(_ name: String?) throws -> Origin {
    guard let name else { throw SandboxError("which region? \(regions.map(\.name))") }
    guard let region = regions.first(where: { $0.name == name }) else {
      let near = nearestWord(to: name, among: regions.map(\.name))
      throw SandboxError(
        "there is no region \(safeText(name))" + (near.map { "; did you mean \($0)?" } ?? ""))
    }
    return region
  }

  /// Orders that are being taken there at this moment are lost: the router may not send them again. Every
  /// client has at most one under way, so there cannot be more than that.
  private func kill(_ region: Origin) throws -> String {
    guard region.isAlive else { throw SandboxError("\(region.name) is down already") }
    let posting = crowd.clients.count { $0.posts }
    let now = crowd.now
    crowd.tell {
      $0.foretold.append(
        TrafficStory.Foretold(
          at: now, until: now + 6000,
          what: "POSTs under way in \(region.name) when it is killed: they must not be sent twice",
          atMost: posting))
    }
    watch.noteKill(of: region.name)
    _ = noted("\(region.name) is killed; at most \(posting) POSTs can be lost with it")
    region.kill()
    return "\(region.name) is killed; at most \(posting) POSTs can be lost with it"
  }

  /// Orders that it refuses until the router has noticed: they were answered, so they go nowhere else.
  private func foretellRefusals(by region: Origin) {
    let now = crowd.now
    let span = SandboxWatch.promisedFailover.milliseconds
    let posting = crowd.clients.count { $0.posts }
    crowd.tell {
      $0.foretold.append(
        TrafficStory.Foretold(
          at: now, until: now + span + 1000,
          what: "POSTs that \(region.name) answers without its database, until the router notices",
          atMost: posting * Int(span / Crowd.pause.milliseconds)))
    }
  }

  private func add(_ region: Origin) throws -> String {
    try HAProxyRegions(router.runtime).add(
      RegionPlan(
        name: region.name, origin: .address(try address(of: region)), healthPath: "/health",
        share: 50))
    return noted("the router takes on \(region.name)")
  }

  private func address(of region: Origin) throws -> NetworkAddress {
    guard let address = NetworkAddress(parsing: region.address, defaultPort: 80) else {
      throw SandboxError("\(region.address) is no address")
    }
    return address
  }

  private static let brokenCertificate = "clients of the router while its certificate is broken"
  private static let silence =
    "clients of resolvers that serve nothing stale, once what those hold has run out (up to 30 s of silence)"
  private static let longestSilence: TimeSpan = .seconds(30)

  /// Without an authority, a resolver that keeps to TTLs has nothing to say in the end. Whoever asks one
  /// that serves stale answers meets nothing of it: those clients are not among the foretold.
  private func foretellSilence() {
    let asking = crowd.clients.count { ($0.resolver.habit?.grace ?? .zero) == .zero }
    let each = Int(Self.longestSilence.milliseconds / Crowd.pause.milliseconds)
    let now = crowd.now
    crowd.tell {
      $0.foretold.append(
        TrafficStory.Foretold(
          at: now, until: .max, what: Self.silence, atMost: asking * each))
    }
  }

  /// What was foretold with an open end, ends: so long after now, for what is under way.
  private func close(_ what: String, after span: TimeSpan) {
    let now = crowd.now
    crowd.tell { story in
      for index in story.foretold.indices
      where story.foretold[index].until == .max && story.foretold[index].what == what {
        let open = story.foretold[index]
        story.foretold[index] = TrafficStory.Foretold(
          at: open.at, until: now + span.milliseconds, what: open.what, atMost: open.atMost)
      }
    }
  }

  private func setLag(_ isLagging: Bool) throws -> String {
    try names.setFault(
      SandboxPlaces.secondary, isLagging ? "stale=8s" : NameService.usualLag)
    switches.withLock { $0.isLagging = isLagging }
    return noted(isLagging ? "the secondary is eight seconds behind" : "the secondary is current")
  }

  /// The name's certificate at the router, as the move put it there.
  private var certificateFile: String { places.file("\(NameService.name.host).pem") }

  private func breakCertificate() throws -> String {
    let runtime = router.runtime
    guard try runtime.certificates().contains(certificateFile) else {
      throw SandboxError("the router has no certificate for \(NameService.name.host) yet")
    }
    try house.untrusted().reveal {
      try runtime.store(
        certificate: String(decoding: $0, as: UTF8.self), file: certificateFile, list: nil)
    }
    switches.withLock { $0.isCertificateBroken = true }
    let now = crowd.now
    crowd.tell {
      $0.foretold.append(
        TrafficStory.Foretold(
          at: now, until: .max, what: Self.brokenCertificate, atMost: .max))
    }
    return noted("the router shows a certificate that nobody trusts: its clients fail")
  }

  private func mendCertificate() throws -> String {
    let text = try AtomicFile.read(certificateFile, limit: 1 << 20)
    try router.runtime.store(
      certificate: String(decoding: text, as: UTF8.self), file: certificateFile, list: nil)
    switches.withLock { $0.isCertificateBroken = false }
    close(Self.brokenCertificate, after: Crowd.patience)
    return noted("the router shows the right certificate again")
  }
}
