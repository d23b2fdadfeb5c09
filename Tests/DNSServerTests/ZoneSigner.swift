import Foundation
import TestSupport

/// Signs zones with the tools of BIND and of NLnet Labs.
enum Signing: String, CaseIterable, Sendable {
  case nsec, nsec3, optOut, ldns

  /// The signed zone's text, the key to trust, and the DS records that lead to it.
  func sign(
    _ zone: String, _ origin: String, in directory: TemporaryDirectory
  ) throws -> (text: String, key: String, delegation: String) {
    directory.write("zone", zone)
    func run(_ program: String, _ arguments: [String]) throws -> String {
      let run = try Programs.run(program, arguments, directory: directory.path)
      guard run.status == 0 else { throw ProgramFailure(description: "\(run)") }
      return run.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let name: String
    if self == .ldns {
      name = try run("ldns-keygen", ["-a", "ECDSAP256SHA256", "-k", origin])
      _ = try run(
        "ldns-signzone", ["-n", "-s", "abcd", "-f", "signed", "-o", origin, "zone", name])
    } else {
      name = try run("dnssec-keygen", ["-q", "-a", "ECDSAP256SHA256", "-f", "KSK", origin])
      let denial =
        switch self {
        case .nsec, .ldns: [String]()
        case .nsec3: ["-3", "abcd", "-H", "2"]
        case .optOut: ["-A", "-3", "-", "-H", "0"]
        }
      _ = try run(
        "dnssec-signzone",
        ["-q", "-S", "-z", "-N", "keep", "-o", origin, "-f", "signed"] + denial + ["zone"])
    }
    let key = try directory.read(name + ".key").split(separator: "\n").first {
      !$0.hasPrefix(";") && $0.contains("DNSKEY")
    }
    guard let key else { throw ProgramFailure(description: "\(name).key holds no key") }
    return (
      try directory.read("signed"), String(key),
      try run("dnssec-dsfromkey", ["-2", name + ".key"])
    )
  }
}
