import DNSModel

/// RFC 2136 §3.2: what must be true of the zone before anything is changed.
enum UpdatePrerequisites {
  static func check(_ request: UpdateRequest, against zone: Zone) throws(UpdateRefusal) {
    // Value-dependent ones are gathered to whole RRsets and compared last (§3.2.3).
    var wanted: [(name: DomainName, type: RecordType, data: [RecordData])] = []
    for record in request.prerequisites {
      guard record.ttl == .zero else {
        throw UpdateRefusal(.formatError, "prerequisite at \(record.owner): its TTL is not 0")
      }
      guard record.owner.isWithin(request.zone) else {
        throw UpdateRefusal(.notInZone, "prerequisite at \(record.owner): not in the zone")
      }
      switch record.recordClass {
      case .any, .none:
        guard record.data.wire.isEmpty else {
          throw UpdateRefusal(
            .formatError, "prerequisite at \(record.owner): its class does not go with data")
        }
        try checkExistence(record, in: zone)
      case request.zoneClass:
        let position = wanted.firstIndex {
          $0.name == record.owner && $0.type == record.data.type
        }
        if let position {
          if !wanted[position].data.contains(record.data) {
            wanted[position].data.append(record.data)
          }
        } else {
          wanted.append((record.owner, record.data.type, [record.data]))
        }
      default:
        throw UpdateRefusal(.formatError, "prerequisite at \(record.owner): another class")
      }
    }
    for (name, type, data) in wanted {
      let served = zone.rrset(at: name, type)?.data ?? []
      guard served.count == data.count, data.allSatisfy(served.contains) else {
        throw UpdateRefusal(.setDoesNotExist, "\(name) \(type): the records are others")
      }
    }
  }

  /// §2.4.1, §2.4.3 to §2.4.5. A name is in use when it owns records: an empty non-terminal is not.
  private static func checkExistence(
    _ record: ResourceRecord, in zone: Zone
  ) throws(UpdateRefusal) {
    let (name, type) = (record.owner, record.data.type)
    let mustExist = record.recordClass == .any
    if type == .any {
      let inUse = !zone.rrsets(at: name).isEmpty
      if mustExist, !inUse { throw UpdateRefusal(.nameError, "\(name): is not in use") }
      if !mustExist, inUse { throw UpdateRefusal(.nameExists, "\(name): is in use") }
    } else {
      let exists = zone.rrset(at: name, type) != nil
      if mustExist, !exists {
        throw UpdateRefusal(.setDoesNotExist, "\(name) \(type): does not exist")
      }
      if !mustExist, exists { throw UpdateRefusal(.setExists, "\(name) \(type): exists") }
    }
  }
}
