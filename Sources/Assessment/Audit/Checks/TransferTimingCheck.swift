import DNSModel
import Migration
import Notation

/// Where NOTIFY is lost, a secondary asks after `refresh`; where it cannot, it answers until `expire`.
enum TransferTimingCheck: AuditCheck {
  static let comfortable = TimeSpan.hours(1)
  /// RFC 1912 §2.2 wants weeks; a day is what a bad night takes.
  static let shortest = TimeSpan.days(1)

  static func findings(in evidence: NameEvidence) -> [Finding] {
    guard evidence.delegation.authorities.count > 1 else { return [] }
    let soas = evidence.records(evidence.zone, .soa).compactMap(\.data.soa)
    guard let slowest = soas.max(by: { $0.refresh < $1.refresh }) else { return [] }
    let refresh = TimeSpan.seconds(Int64(slowest.refresh))
    var findings: [Finding] = []
    if refresh > comfortable {
      findings.append(
        Finding(
          "dns.soa.refresh", .note, "a secondary that misses a NOTIFY looks again after \(refresh)",
          why: "until then it serves the value before, and every wait begins there (R1)",
          wayOut: "see that NOTIFY reaches every secondary, or lower the refresh for the move"))
    }
    if let expire = soas.map({ TimeSpan.seconds(Int64($0.expire)) }).min(),
      expire < shortest || expire <= refresh
    {
      findings.append(
        Finding(
          "dns.soa.expire", .warning, "secondaries give up after \(expire) without the primary",
          why: "an outage of the primary that long makes every secondary answer SERVFAIL",
          wayOut: "raise the SOA's expire to a week or more"))
    }
    return findings
  }
}
