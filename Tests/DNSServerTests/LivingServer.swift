import DNSModel
import SystemIO
import TestSupport

@testable import DNSServer

/// Our server with a zone that lives, on a free port of the loopback.
final class LivingServer: Sendable {
  let directory = TemporaryDirectory()
  let address: SocketAddress
  let shelf = ZoneShelf()
  let log = SystemIO.Mutex<[String]>([])
  private let server: NameServer
  let services: ZoneServices
  let tally: TransferTally

  /// The content of `ZonePeer.zone`; its file is only ever written here.
  static var zone: Zone {
    func a(_ number: UInt8) -> RecordData { RecordData(type: .a, wire: [192, 0, 2, number]) }
    let soa = SOA(
      primary: "ns1.example.test", mailbox: "hostmaster.example.test", serial: Serial(7),
      refresh: 3600, retry: 900, expire: 86400, minimum: 60)
    let records: [(DomainName, RecordData)] = [
      ("example.test", .soa(soa)), ("example.test", .ns("ns1.example.test")),
      ("example.test", .ns("ns.other.test")),
      ("ns1.example.test", RecordData(type: .a, wire: [127, 0, 0, 1])),
      ("web.example.test", a(2)), ("web.example.test", a(3)),
      ("web.example.test", RecordData(type: .txt, wire: [5] + Array("hello".utf8))),
      ("api.example.test", .cname("web.example.test")), ("deep.empty.example.test", a(4)),
      ("*.wild.example.test", a(5)), ("sub.example.test", .ns("ns.sub.example.test")),
      ("ns.sub.example.test", a(6)),
    ]
    return Zone(
      origin: "example.test",
      records: records.map {
        ResourceRecord(owner: $0.0, ttl: TTL(clamping: 300), data: $0.1)
      })
  }

  init(
    zone: Zone? = LivingServer.zone, port: UInt16? = nil, _ arguments: ServiceArguments,
    adjust: (inout ZoneServicesOptions) -> Void = { _ in }
  ) throws {
    var options = try arguments.options()
    adjust(&options)
    options.journalDirectory = options.journalDirectory ?? directory.path
    let log = log
    services = try ZoneServices(
      options,
      ZoneServices.Surroundings(shelf) { line in
        log.withLock { $0.append(line) }
      })
    if let zone {
      shelf.publish(try services.takeUp(zone, zonePath: directory.file("zone")))
    }
    tally = TransferTally(services)
    server = try NameServer(
      NameServer.Configuration(addresses: [.loopback(port: port ?? 0)]), shelf: shelf,
      handler: tally)
    address = server.addresses[0]
    try services.start()
    try server.start()
  }

  deinit { stop() }

  func stop() {
    server.stop()
    services.stop()
  }

  var serial: UInt32? { shelf.zones["example.test"]?.serial?.number }

  static func keyFile(in directory: TemporaryDirectory) -> String {
    directory.write("mig.key", ZonePeer.keyText)
  }
}

/// `nsupdate`, or `knsupdate`, with one script.
func runUpdate(
  _ program: String, to address: SocketAddress, _ script: String, key: String? = nil
) throws -> ProgramRun {
  let lead = "server 127.0.0.1 \(address.port)\nzone example.test\n"
  let signing = key.map { ["-y", $0] } ?? []
  return try Programs.run(program, signing, stdin: lead + script + "\nsend\n", seconds: 30)
}
