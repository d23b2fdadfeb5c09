import DNSServer
import Glibc
import Invocation
import Notation
import SystemIO

/// What was typed behind `cutover dns`, understood; everything that is not is told at once.
struct DNSRequest {
  private(set) var zones: [ZoneSource] = []
  private(set) var faults: [FaultRule] = []
  private(set) var configuration: NameServer.Configuration
  private(set) var services = ZoneServicesOptions()
  private let control: String?
  private let state: String?

  init(_ invocation: ParsedInvocation) throws {
    var problems: [String] = []
    func attempt(_ body: () throws -> Void) {
      do {
        try body()
      } catch let error as ZoneSourceError {
        problems += error.reasons
      } catch {
        problems.append("\(error)")
      }
    }
    var addresses: [SocketAddress] = []
    for text in invocation.values("listen") {
      guard let address = SocketAddress(parsing: text, defaultPort: 53) else {
        problems.append("--listen \(safeText(text)): expected ADDR:PORT, such as 127.0.0.1:5353")
        continue
      }
      addresses.append(address)
    }
    configuration = NameServer.Configuration(
      addresses: addresses, threads: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
      version: VersionCommand.number)
    control = invocation.value("control")
    state = invocation.value("state")
    if let text = invocation.value("threads") {
      if let count = Int(text), (1...256).contains(count) {
        configuration.threads = count
      } else {
        problems.append("--threads \(safeText(text)): expected 1 to 256")
      }
    }
    if let text = invocation.value("patience") {
      if let seconds = Int(text), (1...3600).contains(seconds) {
        configuration.patience = .seconds(seconds)
      } else {
        problems.append("--patience \(safeText(text)): expected 1 to 3600 seconds")
      }
    }
    for text in invocation.values("zone") {
      attempt { zones.append(try ZoneSource(parsing: text)) }
    }
    for text in invocation.values("fault") {
      attempt { faults.append(try FaultRule(parsing: text)) }
    }
    attempt { services = try Self.services(invocation) }
    if let path = invocation.value("query-log") {
      attempt { configuration.log = try QueryLog(path: path) }
    }
    for (index, zone) in zones.enumerated()
    where zones[..<index].contains(where: { $0.origin == zone.origin }) {
      problems.append("--zone \(zone.origin): given twice")
    }
    for secondary in services.secondaries
    where zones.contains(where: { $0.origin == secondary.zone }) {
      problems.append(
        "--secondary \(secondary.zone): served from a file as well; leave out that or --zone")
    }
    if invocation.values("zone").isEmpty, invocation.values("secondary").isEmpty {
      problems.append("--zone ORIGIN=FILE or --secondary ZONE=ADDR:PORT is required")
    }
    guard problems.isEmpty else { throw UsageError(problems, command: "dns") }
  }

  private static func services(_ invocation: ParsedInvocation) throws -> ZoneServicesOptions {
    var arguments = ServiceArguments()
    arguments.keys = invocation.values("key")
    arguments.allowUpdate = invocation.values("allow-update")
    arguments.allowTransfer = invocation.values("allow-transfer")
    arguments.allowNotify = invocation.values("allow-notify")
    arguments.secondaries = invocation.values("secondary")
    arguments.notify = invocation.values("notify")
    arguments.journalDirectory = invocation.value("journal-dir")
    var options = try arguments.options()
    options.version = VersionCommand.number
    return options
  }

  func controlPath(_ addresses: [SocketAddress]) throws -> String {
    try DNSControlPlace.path(given: control, state: state, port: addresses.first?.port ?? 0)
  }
}

/// Where the control socket of a server is, and where `cutover dns ctl` looks for it.
enum DNSControlPlace {
  static func path(given: String?, state: String?, port: UInt16) throws -> String {
    if let given { return given }
    let folder = try state ?? home() + "/.cutover"
    if mkdir(folder, 0o700) != 0, errno != EEXIST {
      throw SystemError("the directory \(safeText(folder))", errno)
    }
    return "\(folder)/dns-\(port).sock"
  }

  private static func home() throws -> String {
    guard let home = getenv("HOME") else {
      throw UsageError("--state DIR or --control FILE is needed: there is no $HOME")
    }
    return String(cString: home)
  }
}
