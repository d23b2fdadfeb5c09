import DNSModel
import Migration

/// Servers named inside the zone need glue at the parent, and it must be their address.
enum GlueCheck: AuditCheck {
  static func findings(in evidence: NameEvidence) -> [Finding] {
    let delegation = evidence.delegation
    var wrong: [String] = []
    for name in delegation.parentServers where name.isWithin(delegation.zone) {
      let glue = Set(delegation.glue.filter { $0.name == name }.map { host($0.address) })
      if glue.isEmpty {
        wrong.append("\(name): no glue at the parent")
        continue
      }
      var own: Set<String> = []
      for type in [RecordType.a, .aaaa] {
        for record in evidence.records(name, type) {
          if let address = record.data.address { own.insert(address.description) }
        }
      }
      if !own.isEmpty, own != glue {
        wrong.append(
          "\(name): glue \(glue.sorted().joined(separator: ", ")), the zone says "
            + own.sorted().joined(separator: ", "))
      }
    }
    guard !wrong.isEmpty else { return [] }
    return [
      Finding(
        "dns.delegation.glue", .warning, "glue is missing or differs", evidence: wrong,
        why: "some resolvers are sent to a machine that is no authority any more",
        wayOut: "have the registrar set the glue to the servers' present addresses")
    ]
  }

  /// `192.0.2.1:53` and `[2001:db8::1]:53` without the port.
  static func host(_ address: String) -> String {
    if address.hasPrefix("["), let end = address.firstIndex(of: "]") {
      return String(address[address.index(after: address.startIndex)..<end])
    }
    return String(address.prefix { $0 != ":" })
  }
}
