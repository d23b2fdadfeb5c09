import DNSModel
import Invocation
import Notation
import SystemIO
import ZoneFiles

enum ZoneCheckCommand: Command {
  static let spec = CommandSpec(
    name: "zone check", summary: "is this zone sound? every problem at once",
    operands: [OperandSpec("FILE", .one, "the zone file; - reads standard input")],
    options: [.value("origin", "ORIGIN", required: true, "the zone's name")],
    examples: ["cutover zone check --origin contososhoes.com Zones/contososhoes.com/1-before.zone"],
    notes: "Errors keep a zone from being served (exit 3); warnings do not.")

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let origin = try zoneOrigin(invocation)
    let file = try ZoneFile(reading: invocation.operands[0], origin: origin)
    if console.wantsJSON {
      console.result(report(file))
    } else {
      for refusal in file.refusals { console.result(safeText(refusal.description)) }
      for problem in file.problems { console.result(safeText(problem.description)) }
      console.result(summary(file))
    }
    return file.isServable ? .done : .refused
  }

  private static func summary(_ file: ZoneFile) -> String {
    let errors = file.problems.filter { $0.severity == .error }.count + file.refusals.count
    let warnings = file.problems.count { $0.severity == .warning }
    let verdict = file.isServable ? "sound" : "must not be served"
    let serial = file.zone.serial.map { "serial \($0), " } ?? ""
    let counts = "\(count(errors, "error")), \(count(warnings, "warning"))"
    return
      "\(file.zone.origin) \(verdict): \(serial)\(count(file.recordCount, "record")), \(counts)"
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  private static func report(_ file: ZoneFile) -> JSON {
    [
      "origin": .string(file.zone.origin.description),
      "servable": .bool(file.isServable),
      "serial": file.zone.serial.map { .integer(Int64($0.number)) } ?? .null,
      "records": .integer(Int64(file.recordCount)),
      "problems": .array(
        file.refusals.map { refusal in
          problem(
            refusal.fault.rawValue, .error, refusal.place, owner: nil, message: refusal.message)
        }
          + file.problems.map {
            problem(
              $0.id.rawValue, $0.severity, $0.place, owner: $0.owner,
              message: "\($0.owner) \($0.message)")
          }),
    ]
  }

  private static func problem(
    _ id: String, _ severity: ZoneProblem.Severity, _ place: TextPlace?, owner: DomainName?,
    message: String
  ) -> JSON {
    [
      "id": .string(id), "severity": .string(severity.rawValue),
      "owner": owner.map { .string($0.description) } ?? .null,
      "file": place.map { .string($0.file) } ?? .null,
      "line": place.map { .integer(Int64($0.line)) } ?? .null,
      "column": place.map { .integer(Int64($0.column)) } ?? .null,
      "message": .string(message),
    ]
  }
}

/// `--origin`, which people write with and without the final dot.
func zoneOrigin(_ invocation: ParsedInvocation) throws -> DomainName {
  let text = invocation.value("origin") ?? ""
  do {
    return try DomainName(parsing: text)
  } catch {
    throw UsageError("--origin \(safeText(text)): \(error)", command: invocation.command)
  }
}
