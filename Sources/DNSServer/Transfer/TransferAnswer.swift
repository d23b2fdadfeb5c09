import DNSModel

/// Which records answer a transfer, in their order.
enum TransferAnswer {
  /// RFC 5936 §2.2: the SOA, everything else, the SOA again.
  static func whole(_ zone: Zone) -> AnyIterator<ResourceRecord>? {
    guard let soa = soa(of: zone) else { return nil }
    let sets = zone.streamedRRsets
    var current: RRset?
    var position = 0
    var phase = 0
    return AnyIterator {
      if phase == 0 {
        phase = 1
        return soa
      }
      while phase == 1 {
        if let set = current, position < set.data.count {
          defer { position += 1 }
          return ResourceRecord(owner: set.owner, ttl: set.ttl, data: set.data[position])
        }
        position = 0
        current = sets.next()
        if current == nil { phase = 2 }
        if let set = current, set.type == .soa, set.owner == zone.origin { current = nil }
      }
      defer { phase = 3 }
      return phase == 2 ? soa : nil
    }
  }

  /// RFC 1995 §4: what the asker with `serial` lacks. The SOA alone when it has everything; the whole
  /// zone where the history does not go back so far.
  static func incremental(
    _ zone: Zone, since serial: Serial, history: TransferHistory
  ) -> AnyIterator<ResourceRecord>? {
    guard let soa = soa(of: zone), let current = zone.serial else { return nil }
    guard current.isLater(than: serial) else { return AnyIterator([soa].makeIterator()) }
    guard let steps = history.steps(since: serial, upTo: current) else {
      return whole(zone)
    }
    var records = [soa]
    for step in steps {
      guard let before = step.soaBefore, let after = step.soaAfter else { return whole(zone) }
      records.append(before)
      records += step.deletions
      records.append(after)
      records += step.additions
    }
    records.append(soa)
    return AnyIterator(records.makeIterator())
  }

  static func soa(of zone: Zone) -> ResourceRecord? {
    guard let rrset = zone.rrset(at: zone.origin, .soa), let data = rrset.data.first else {
      return nil
    }
    return ResourceRecord(owner: rrset.owner, ttl: rrset.ttl, data: data)
  }
}
