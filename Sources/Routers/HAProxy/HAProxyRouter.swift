import DNSModel
import Engine
import Migration
import Notation
import SystemIO

/// The certificate a router is to serve: one PEM text with chain and key, and what tells it from others.
public struct RouterCertificate: Sendable {
  public let pem: Secret
  /// In hex, as the certificate has it.
  public let serial: String
  public let notAfter: UTCInstant

  public init(pem: Secret, serial: String, notAfter: UTCInstant) {
    self.pem = pem
    self.serial = serial
    self.notAfter = notAfter
  }
}

/// HAProxy as the global router: own → pre-issue → bind → (swap) → renew.
///
/// It is ours, so there is no ownership to prove: owning means that the name was taken on, that its runtime
/// interface answers and that the plan's regions are in its backend. Binding puts the certificate in its storage, on disk and
/// in the running process, so that it is there after a restart too.
public struct HAProxyRouter: GlobalRouter {
  private let hostname: DomainName
  private let plan: HAProxyPlan
  private let regions: [RegionPlan]
  private let runtime: HAProxyRuntime
  /// The certificate in use now, nil while there is none.
  private let certificate: () throws -> RouterCertificate?
  /// The serials of the certificates that clients are shown for the name, at each address of the router;
  /// empty where no address is known.
  private let shown: () throws -> [String]
  private let now: () -> Now
  private let tell: (String) -> Void

  public init(
    hostname: DomainName, plan: HAProxyPlan, regions: [RegionPlan],
    certificate: @escaping () throws -> RouterCertificate?,
    shown: @escaping () throws -> [String] = { [] }, now: @escaping () -> Now,
    tell: @escaping (String) -> Void
  ) {
    self.hostname = hostname
    self.plan = plan
    self.regions = regions
    self.certificate = certificate
    self.shown = shown
    self.now = now
    self.tell = tell
    runtime = HAProxyRuntime(socket: HAProxySocket(path: plan.socket), backend: plan.backend)
  }

  /// Beside the list it is entered in, where HAProxy finds it after a restart.
  public var certificateFile: String {
    let folder = plan.certificateList.lastIndex(of: "/").map {
      String(plan.certificateList[..<$0])
    }
    return "\(folder ?? ".")/\(hostname.folded.host).pem"
  }

  /// Says that the name was taken on. HAProxy itself has no place for that: regions serve any name, and
  /// taking one name off must not take them away from others.
  public var ownershipFile: String { certificateFile.dropLast(4) + ".owned" }

  public func ownHostname(key: EffectKey, plan: CompiledPlan) -> EffectOutcome {
    attempt("taking on the regions") {
      for region in regions { try HAProxyRegions(runtime).add(region) }
      try AtomicFile.replace(ownershipFile, with: [])
    }
  }

  public func bindHostname(key: EffectKey, plan: CompiledPlan) -> EffectOutcome {
    attempt("binding \(hostname.host)") {
      guard let certificate = try certificate() else {
        throw HAProxyError.refused(command: "bind", reason: "there is no certificate for it yet")
      }
      try certificate.pem.reveal { pem in
        try AtomicFile.replace(certificateFile, with: pem)
        try runtime.store(
          certificate: String(decoding: pem, as: UTF8.self), file: certificateFile,
          list: self.plan.certificateList)
      }
      try enterInList()
    }
  }

  public func clean(key: EffectKey, plan: CompiledPlan) -> EffectOutcome {
    attempt("taking \(hostname.host) off") {
      try leaveList()
      try runtime.discard(certificate: certificateFile, list: self.plan.certificateList)
      try PrivateDirectory.remove(certificateFile)
      try PrivateDirectory.remove(ownershipFile)
    }
  }

  public func progress(_ plan: CompiledPlan) -> EvidenceReport {
    let moment = now()
    do {
      var progress: RouterProgress = []
      let servers = Set(try runtime.servers().map(\.name))
      let isOwned = AtomicFile.exists(ownershipFile)
      if isOwned, regions.allSatisfy({ servers.contains($0.name) }) { progress.insert(.owned) }
      let current = try certificate()
      // A certificate on our shelf is the router's affair only while the name is.
      var other: String?
      if let current, isOwned {
        progress.insert(.certificateReady)
        if try isServing(current) {
          // HAProxy shows the first certificate in its list that fits: an older one may still win.
          other = try shown().first { !Self.isSame($0, current.serial) }
          if other == nil { progress.insert(.bound) }
        }
      }
      let done: [(RouterProgress, String)] = [
        (.owned, "its regions"), (.certificateReady, "a certificate"), (.bound, "the name bound"),
      ]
      let has = done.filter { progress.contains($0.0) }.map(\.1)
      return EvidenceReport(
        kind: .router, outcome: progress == [.owned, .certificateReady, .bound] ? .pass : .fail,
        at: moment.safe, certificateEnds: current?.notAfter, router: progress,
        summary: has.isEmpty
          ? "HAProxy has nothing of it yet"
          : "HAProxy has " + has.joined(separator: ", ")
            + (other.map { Self.shadowed(by: $0, in: self.plan.certificateList) } ?? ""))
    } catch {
      return EvidenceReport(
        kind: .router, outcome: .inconclusive, at: moment.safe, summary: safeText("\(error)"))
    }
  }

  private func isServing(_ current: RouterCertificate) throws -> Bool {
    guard try runtime.certificates().contains(certificateFile),
      try runtime.listEntries(plan.certificateList).contains(certificateFile)
    else { return false }
    let serial = try runtime.certificateFacts(certificateFile).first { $0.0 == "Serial" }?.1 ?? ""
    return Self.isSame(serial, current.serial)
  }

  private static func shadowed(by serial: String, in list: String) -> String {
    "; clients are shown another certificate (serial \(safeText(serial))): one that comes before it in "
      + "\(list) fits the name as well, take it out"
  }

  private static func isSame(_ one: String, _ other: String) -> Bool {
    withoutZeros(one) == withoutZeros(other)
  }

  private static func withoutZeros(_ serial: String) -> String {
    String(serial.lowercased().drop { $0 == "0" })
  }

  // MARK: the list on disk

  private func entries() throws -> [String] {
    String(decoding: try AtomicFile.read(plan.certificateList), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  private func isOurs(_ line: String) -> Bool {
    line.split(separator: " ").first.map(String.init) == certificateFile
  }

  private func enterInList() throws {
    var lines = try entries()
    guard !lines.contains(where: isOurs) else { return }
    while lines.last?.isEmpty == true { lines.removeLast() }
    lines += [certificateFile, ""]
    try AtomicFile.replace(plan.certificateList, with: Array(lines.joined(separator: "\n").utf8))
  }

  private func leaveList() throws {
    let lines = try entries()
    let rest = lines.filter { !isOurs($0) }
    guard rest.count < lines.count else { return }
    try AtomicFile.replace(plan.certificateList, with: Array(rest.joined(separator: "\n").utf8))
  }

  private func attempt(_ doing: String, _ work: () throws -> Void) -> EffectOutcome {
    do {
      try work()
      return .applied
    } catch let error as HAProxyError {
      tell("\(doing) at HAProxy: \(error)")
      switch error {
      // Every order may be repeated, and what came of this one is read before the next.
      case .unreachable, .timedOut: return .rejected(.tryAgain)
      case .refused, .unreadable: return .rejected(.needsPerson)
      }
    } catch {
      tell("\(doing) at HAProxy: \(error)")
      return .rejected(.tryAgain)
    }
  }
}
