import DNSModel
import Digests
import Invocation
import Notation
import SystemIO
import ZoneFiles

enum ZonePrintCommand: Command {
  static let spec = CommandSpec(
    name: "zone print", summary: "what does this zone file say? one record a line",
    operands: [OperandSpec("FILE", .one, "the zone file; - reads standard input")],
    options: [
      .value("origin", "ORIGIN", required: true, "the zone's name"),
      .flag("wire", "print wire form: R OWNER CLASS TTL TYPE RDATA and E LINE COLUMN REASON"),
    ],
    examples: [
      "cutover zone print --origin contososhoes.com Zones/contososhoes.com/1-before.zone",
      "cutover zone print --origin contososhoes.com --wire - < Zones/contososhoes.com/1-before.zone",
    ],
    notes: """
      Records come out as they are read, duplicates included; the zone needs no SOA. With --wire
      each field is uppercase hex, and empty data is left out. Exit 3 where an entry was refused.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    guard !console.wantsJSON || !invocation.flag("wire") else {
      throw UsageError(["--wire and --json are two forms of one text"], command: invocation.command)
    }
    let form: Form = console.wantsJSON ? .json : invocation.flag("wire") ? .wire : .text
    var reader = ZoneReader(origin: try zoneOrigin(invocation))
    var page = Page(form: form, mainFile: invocation.operands[0], console: console)
    defer { page.close() }
    try reader.read(file: invocation.operands[0]) { page.take($0) }
    return page.refusalCount == 0 ? .done : .refused
  }

  private enum Form { case text, wire, json }

  /// Lines gathered to a few kilobytes before they are written.
  private struct Page {
    let form: Form
    let mainFile: String
    let console: Console
    var lines = ""
    var refusalCount = 0
    var refusals: [JSON] = []
    var records: [JSON] = []

    mutating func take(_ entry: ZoneEntry) {
      switch entry {
      case .record(let record, _):
        switch form {
        case .text: add("\(record)")
        case .wire: add(wireLine(record))
        case .json: records.append(json(record))
        }
      case .refused(let refusal):
        refusalCount += 1
        refuse(refusal)
      }
    }

    private mutating func refuse(_ refusal: ZoneRefusal) {
      let place = refusal.place
      switch form {
      case .text:
        flush()
        console.complain(safeText(refusal.description))
      case .wire:
        let file = place.file == mainFile ? "" : "in \(place.file): "
        let reason = "\(refusal.fault.rawValue): \(file)\(refusal.message)"
        add("E \(place.line) \(place.column) \(safeText(reason))")
      case .json:
        refusals.append([
          "id": .string(refusal.fault.rawValue), "file": .string(place.file),
          "line": .integer(Int64(place.line)), "column": .integer(Int64(place.column)),
          "message": .string(refusal.message),
        ])
      }
    }

    private func wireLine(_ record: ResourceRecord) -> String {
      let head = "R \(record.owner.wire.uppercaseHex) \(hex(record.recordClass.rawValue, 4))"
      let tail = "\(hex(record.ttl.seconds, 8)) \(hex(record.type.rawValue, 4))"
      return head + " " + tail
        + (record.data.wire.isEmpty ? "" : " " + record.data.wire.uppercaseHex)
    }

    private func hex(_ number: some UnsignedInteger, _ width: Int) -> String {
      let digits = String(number, radix: 16, uppercase: true)
      return String(repeating: "0", count: width - digits.utf8.count) + digits
    }

    private func json(_ record: ResourceRecord) -> JSON {
      [
        "owner": .string(record.owner.description), "ttl": .integer(Int64(record.ttl.seconds)),
        "class": .string(record.recordClass.description), "type": .string(record.type.description),
        "data": .string(record.data.description),
        "wire": .string(record.data.wire.uppercaseHex),
      ]
    }

    private mutating func add(_ line: String) {
      lines += line
      lines += "\n"
      if lines.utf8.count > 1 << 15 { flush() }
    }

    private mutating func flush() {
      console.raw(lines)
      lines = ""
    }

    mutating func close() {
      if form == .json {
        console.result(["records": .array(records), "refused": .array(refusals)] as JSON)
      }
      flush()
    }
  }
}
