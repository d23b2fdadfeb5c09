import DNSModel
import DNSServer
import Glibc
import Invocation
import Notation
import SystemIO

enum DNSCommand: Command {
  static let spec = CommandSpec(
    name: "dns", summary: "the authoritative test server: right, quick, and unkind on request",
    options: [
      .list("zone", "ORIGIN=FILE", "a zone to serve"),
      .list("listen", "ADDR:PORT", required: true, "where to answer, UDP and TCP; port 0: any"),
      .list("fault", "RULE", "misbehave: \(FaultRule.words.joined(separator: ", "))"),
      .value("threads", "N", "UDP sockets for each address (default: one per core)"),
      .value("control", "FILE", "socket for cutover dns ctl (default: dns-PORT.sock in --state)"),
      .value("query-log", "FILE", "append a JSON line for each answer"),
      .value("patience", "SECONDS", "how long an idle TCP connection is kept (default: 10)"),
      .list("key", "NAME:FILE", "a TSIG key; the secret stands in FILE, which must be 0600"),
      .list("allow-update", "RULE", "who may update, e.g. key=mig,name=api.example.com,type=CNAME"),
      .list("allow-transfer", "RULE", "who may transfer, e.g. addr=127.0.0.0/8"),
      .list("allow-notify", "RULE", "whose NOTIFY is heeded"),
      .list(
        "secondary", "ZONE=ADDR:PORT[,ADDR:PORT…][,key=NAME]", "copy a zone from its primaries"),
      .list("notify", "[ZONE=]ADDR:PORT[,key=NAME]", "whom to tell of changes"),
      .value("follow", "DIR", "show the migrations of this state directory: TXT _cutover.NAME"),
      .value(
        "journal-dir", "DIR",
        "where update journals and copies of secondaries are kept (default: journals beside the zone)"
      ),
    ],
    examples: [
      "cutover dns --zone contososhoes.com=Zones/contososhoes.com/1-before.zone --listen 127.0.0.1:5353",
      "cutover dns --zone contososhoes.com=Zones/contososhoes.com/1-before.zone --listen [::1]:0 "
        + "--fault delay=200ms,probability=10%",
    ],
    notes: """
      A rule of --allow-… takes addr= and key= (who) and zone= (where), of --allow-update also name=, under=
      (a name and all below it) and type= (what), behind commas; a field given twice means either. What no
      rule allows is refused.

      A rule of --fault takes zone=, name=, client=, probability= and seed= behind commas. Every address
      that is listened on is printed on a line of its own, "listening ADDR:PORT", then "ready".
      SIGHUP reads the zone files again, SIGTERM finishes what was asked and ends.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let request = try DNSRequest(invocation)
    let signals = try SignalSource([SIGHUP, SIGTERM, SIGINT])
    let shelf = ZoneShelf()
    let tell: @Sendable (String) -> Void = { console.progress($0) }
    let services = try ZoneServices(
      request.services, ZoneServices.Surroundings(shelf, log: tell))
    let files = ServedFiles(request.zones, shelf, services, tell: tell)
    let server = try NameServer(request.configuration, shelf: shelf, handler: services)
    do throws(ZoneSourceError) {
      shelf.begin(with: try files.readAll())
    } catch {
      for reason in error.reasons { console.complain(reason) }
      return .refused
    }
    for rule in request.faults { server.faults.add(rule, zones: shelf.zones) }
    let control = try ControlService(at: request.controlPath(server.addresses), for: server) {
      wish in
      switch wish {
      case .reload:
        let (count, problems) = files.reload()
        return problems.isEmpty
          ? ControlService.success(.integer(count), "\(count) zones reloaded")
          : ControlService.failure(problems.joined(separator: "\n"))
      case .stop:
        kill(getpid(), SIGTERM)
        return ControlService.success(.null, "stopping")
      }
    }
    try server.start()
    // Nobody waits for its end: whoever stops the server meanwhile needs no table.
    _ = try Thread("dns-compiler") { shelf.compile() }
    try services.start()
    let controlThread = try Thread("dns-control") { control.run() }
    let mirror = invocation.value("follow").map { MigrationMirror($0, shelf, tell: tell) }
    let mirrorThread = try mirror.map { mirror in try Thread("migrations") { mirror.run() } }
    announce(server, console)
    wait(for: signals, files)
    mirror?.stop()
    mirrorThread?.join()
    server.stop()
    services.stop()
    control.stop()
    controlThread.join()
    return .done
  }

  private static func announce(_ server: NameServer, _ console: Console) {
    for (number, rule) in server.faults.rules {
      console.progress("fault \(number) is on: \(rule)")
    }
    if console.wantsJSON {
      console.result(server.status.json)
      return
    }
    for address in server.addresses { console.result("listening \(address)") }
    console.result("ready")
  }

  /// Until SIGTERM or SIGINT.
  private static func wait(for signals: SignalSource, _ files: ServedFiles) {
    while true {
      var ready = pollfd(fd: signals.descriptor.number, events: Int16(POLLIN), revents: 0)
      _ = poll(&ready, 1, -1)
      while let signal = signals.next() {
        guard signal == SIGHUP else { return }
        _ = files.reload()
      }
    }
  }
}
