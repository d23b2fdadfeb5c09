import DNSModel
import Notation
import ZoneFiles

@testable import PlanFiles

extension FuzzTarget {
  /// Every record that was taken is written as text that reads the same; so is the zone.
  static let zones = FuzzTarget(
    name: "zones", seeds: { [Array(SmallZone.text.utf8)] },
    run: { bytes in
      var records: [ResourceRecord] = []
      var reader = ZoneReader(origin: "example.test", allowsIncludes: false)
      reader.read(bytes: bytes) { entry in
        if case .record(let record, _) = entry, records.count < 500 { records.append(record) }
      }
      for record in records { holdsAsText(record) }
      let file = ZoneFile(text: String(decoding: bytes, as: UTF8.self), origin: "example.test")
      guard file.isServable else { return }
      let again = ZoneFile(text: file.zone.text, origin: "example.test")
      hold(again.refusals.isEmpty, "the zone's own text is refused")
      hold(again.zone.text == file.zone.text, "the zone's own text reads as another zone")
    })

  /// Every sound record that came over the wire is written as text that reads the same.
  static let records = FuzzTarget(
    name: "records", seeds: { SmallZone.messages + SmallZone.messageOfEachType },
    run: { bytes in
      guard let message = try? Message(parsing: bytes) else { return }
      let records = message.answers + message.authorities + message.additionals
      // Those of an UPDATE and of queries are none of a zone's, and zone text refuses them.
      for record in records where belongsInZones(record) {
        let sound = try? RecordData(checking: record.data.type, wire: record.data.wire)
        guard sound != nil else { continue }
        holdsAsText(record)
      }
    })

  /// A plan or its rejection, and every rejection says why.
  static let plans = FuzzTarget(
    name: "plans", seeds: { [] },
    run: { bytes in
      do throws(PlanRejection) {
        let now = UTCInstant(seconds: Int64(SmallZone.now))
        _ = try PlanFile.read(bytes, now: now, zoneRules: { _ in nil })
      } catch {
        hold(!error.problems.isEmpty, "a rejection without a reason")
      }
    })

  static let yaml = FuzzTarget(
    name: "yaml",
    seeds: {
      ["a: &x [1, 'b', \"c\\n\"]\nd: *x\ne: {f: !!str 3, g: |\n  h\n}\n"].map { Array($0.utf8) }
    },
    run: { bytes in _ = try? YAMLReader.read(bytes) })
}

private func belongsInZones(_ record: ResourceRecord) -> Bool {
  let isOfRecords =
    record.recordClass != .any && record.recordClass != .none && record.recordClass.rawValue != 0
  return isOfRecords && !record.data.type.isMeta
}

private func holdsAsText(_ record: ResourceRecord) {
  var again: [ResourceRecord] = []
  var reader = ZoneReader(origin: ".", allowsIncludes: false)
  reader.read(text: "\(record)\n") { entry in
    if case .record(let record, _) = entry { again.append(record) }
  }
  hold(again == [record], "the text of a record reads as another: \(record) -> \(again)")
}
