import DNSModel
import Notation
import SystemIO

/// What a server says about itself: as JSON, as text for people, and as Prometheus reads it.
public struct ServerStatus: Hashable, Sendable {
  public struct ZoneLine: Hashable, Sendable {
    public var origin: DomainName
    public var serial: Serial?
    public var names: Int
    public var isSigned: Bool
    public var isExpired: Bool
  }

  public var version: String
  public var addresses: [String]
  public var zones: [ZoneLine]
  /// What is switched on, as it is written, by number.
  public var faults: [(number: Int, rule: String)]
  public var totals: ServerTotals
  public var compiledNames: Int
  public var compiledBytes: Int

  public static func == (left: ServerStatus, right: ServerStatus) -> Bool {
    left.json == right.json
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(json) }

  public var json: JSON {
    .record([
      ("version", .string(version)),
      ("addresses", .strings(addresses)),
      (
        "zones",
        .array(
          zones.map { zone in
            .record([
              ("origin", .string(zone.origin.description)),
              ("serial", zone.serial.map { .integer(Int64($0.number)) }),
              ("names", .integer(zone.names)),
              ("signed", .bool(zone.isSigned)),
              ("expired", .bool(zone.isExpired)),
            ])
          })
      ),
      (
        "faults",
        .array(
          faults.map { .record([("number", .integer($0.number)), ("rule", .string($0.rule))]) })
      ),
      ("counters", .record(counters.map { ($0.name, .integer(Int64(clamping: $0.value))) })),
      (
        "compiled",
        .record([("names", .integer(compiledNames)), ("bytes", .integer(compiledBytes))])
      ),
    ])
  }

  private var counters: [(name: String, value: UInt64)] {
    var counters: [(String, UInt64)] = [
      ("answered", totals.answered), ("copied", totals.compiled), ("built", totals.built),
      ("silent", totals.silent), ("truncated", totals.truncated), ("faulted", totals.faulted),
      ("bytes", totals.bytes),
    ]
    for (code, count) in totals.codes.enumerated() where count > 0 {
      counters.append((ResponseCode(rawValue: UInt16(code)).description.lowercased(), count))
    }
    return counters
  }

  public var text: String {
    var lines = ["cutover \(version), listening on \(addresses.joined(separator: ", "))"]
    for zone in zones {
      let state = (zone.isSigned ? ", signed" : "") + (zone.isExpired ? ", EXPIRED" : "")
      lines.append(
        "zone \(zone.origin) serial \(zone.serial?.description ?? "?"), \(zone.names) names\(state)"
      )
    }
    for fault in faults { lines.append("fault \(fault.number): \(fault.rule)") }
    lines.append(counters.map { "\($0.name) \($0.value)" }.joined(separator: ", "))
    return lines.joined(separator: "\n")
  }

  /// Prometheus' text format, version 0.0.4.
  public var prometheus: String {
    var text = ""
    func metric(_ name: String, _ help: String, _ type: String, _ values: [(String, UInt64)]) {
      text += "# HELP cutover_dns_\(name) \(help)\n# TYPE cutover_dns_\(name) \(type)\n"
      for (labels, value) in values { text += "cutover_dns_\(name)\(labels) \(value)\n" }
    }
    metric(
      "answers_total", "Answers sent, by the path they took.", "counter",
      [("{path=\"copied\"}", totals.compiled), ("{path=\"built\"}", totals.built)])
    metric(
      "responses_total", "Answers sent, by response code.", "counter",
      totals.codes.enumerated().filter { $0.element > 0 }.map {
        ("{code=\"\(ResponseCode(rawValue: UInt16($0.offset)))\"}", $0.element)
      })
    metric("silent_total", "Messages left without an answer.", "counter", [("", totals.silent)])
    metric("truncated_total", "Answers with TC set.", "counter", [("", totals.truncated)])
    metric("faulted_total", "Answers a fault touched.", "counter", [("", totals.faulted)])
    metric("sent_bytes_total", "Bytes of answers.", "counter", [("", totals.bytes)])
    metric(
      "zone_serial", "The serial served.", "gauge",
      zones.map { ("{zone=\"\($0.origin)\"}", UInt64($0.serial?.number ?? 0)) })
    return text
  }
}

extension NameServer {
  public var status: ServerStatus {
    let snapshot = shelf.current
    return ServerStatus(
      version: version, addresses: addresses.map(\.description),
      zones: snapshot.zones.origins.compactMap { origin in
        snapshot.zones[origin].map { zone in
          ServerStatus.ZoneLine(
            origin: origin, serial: zone.serial, names: zone.nameCount, isSigned: zone.isSigned,
            isExpired: snapshot.zones.isExpired(origin))
        }
      },
      faults: faults.rules.map { ($0.number, $0.rule.description) }, totals: totals,
      compiledNames: snapshot.compiledNameCount, compiledBytes: snapshot.compiledByteCount)
  }
}
