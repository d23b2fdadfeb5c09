import DNSModel

/// An update as a function: a request and a zone in, a refusal or what has to change out
/// (RFC 2136 §3). Nothing of it is done before all of it has been found good.
struct UpdateEvaluation {
  /// An RRset larger than this could neither be answered nor transferred.
  private static let largestRRset = 60_000

  /// Which (name, type) the requester may change.
  let isAllowed: (DomainName, RecordType) -> Bool

  func changes(_ request: UpdateRequest, in zone: Zone) throws(UpdateRefusal) -> [RRsetChange] {
    guard request.zoneClass == .internet else {
      throw UpdateRefusal(.notAuthoritative, "the zone is of class IN")
    }
    try UpdatePrerequisites.check(request, against: zone)
    // §3.3 wants permission after the prerequisites; RFC 3007 §3.1 allows a check before, which the
    // caller makes: a stranger learns nothing here.
    try checkPermission(request, in: zone)
    try UpdatePrescan.check(request)
    var draft = ZoneDraft(of: zone)
    for record in request.updates {
      switch record.recordClass {
      case .any: delete(record, from: &draft)
      case .none: deleteOne(record, from: &draft)
      default: try add(record, to: &draft)
      }
    }
    guard !draft.changes().isEmpty else { return [] }
    guard zone.rrset(at: zone.origin, .rrsig) == nil else {
      throw UpdateRefusal(
        .refused, "the zone is signed and its keys are not here: the signatures would go stale")
    }
    bumpSerial(&draft)
    return draft.changes()
  }

  /// A deletion of everything at a name needs permission for each type that is there.
  private func checkPermission(_ request: UpdateRequest, in zone: Zone) throws(UpdateRefusal) {
    for record in request.updates {
      let types =
        record.recordClass == .any && record.data.type == .any
        ? zone.rrsets(at: record.owner).map(\.type) : [record.data.type]
      for type in types where !isAllowed(record.owner, type) {
        throw UpdateRefusal(.refused, "\(record.owner) \(type): no rule allows this change")
      }
    }
  }

  /// §3.4.2.2.
  private func add(_ record: ResourceRecord, to draft: inout ZoneDraft) throws(UpdateRefusal) {
    let (name, type, data) = (record.owner, record.data.type, record.data)
    let others = draft.rrsets(at: name)
    switch type {
    case .cname:
      if others.contains(where: { $0.type != .cname && !$0.type.goesWithCNAME }) { return }
    case .soa:
      // Ignored where there is none, and when its serial does not move forward.
      guard name == draft.zone.origin, let served = draft.rrset(at: name, .soa)?.data.first?.soa,
        let offered = data.soa, offered.serial.isLater(than: served.serial)
      else { return }
    default:
      if others.contains(where: { $0.type == .cname }), !type.goesWithCNAME { return }
    }
    // One record only, or one for each protocol and address: the new one takes the place (§1.1.5,
    // RFC 6672 §2.4). Otherwise an equal record is replaced, which may change its TTL; and one
    // RRset has one TTL (RFC 2181 §5.2): the latest.
    var rrset = RRset(name, ttl: record.ttl, data)
    if let old = draft.rrset(at: name, type), type != .cname, type != .soa, type != .dname {
      let kept = old.data.filter { $0 != data && !$0.isSameService(as: data) }
      rrset = RRset(old.owner, ttl: record.ttl, kept + [data]) ?? rrset
    }
    guard rrset.data.reduce(0, { $0 + $1.wire.count + 12 }) <= Self.largestRRset else {
      throw UpdateRefusal(.refused, "\(name) \(type): would become too large to be answered")
    }
    draft.put(rrset)
  }

  /// §3.4.2.3: an RRset, or all of a name. The apex keeps its SOA and NS.
  private func delete(_ record: ResourceRecord, from draft: inout ZoneDraft) {
    let type = record.data.type
    let isApex = record.owner == draft.zone.origin
    draft.remove(at: record.owner) { rrset in
      (type == .any || rrset.type == type)
        && !(isApex && (rrset.type == .soa || rrset.type == .ns))
    }
  }

  /// §3.4.2.4: one record. The SOA stays, and so does the apex's last NS.
  private func deleteOne(_ record: ResourceRecord, from draft: inout ZoneDraft) {
    let (name, type) = (record.owner, record.data.type)
    guard type != .soa, let rrset = draft.rrset(at: name, type) else { return }
    let kept = rrset.data.filter { $0 != record.data }
    if type == .ns, name == draft.zone.origin, kept.isEmpty { return }
    guard let rest = RRset(rrset.owner, ttl: rrset.ttl, kept) else {
      draft.remove(at: name) { $0.type == type }
      return
    }
    draft.put(rest)
  }

  /// §3.6: a changed zone has a later serial, unless the update itself saw to that. Zero is left
  /// out: some secondaries take it for "none".
  private func bumpSerial(_ draft: inout ZoneDraft) {
    let apex = draft.zone.origin
    guard let rrset = draft.rrset(at: apex, .soa), var soa = rrset.data.first?.soa,
      soa.serial == draft.zone.serial
    else { return }
    soa.serial = soa.serial.next.number == 0 ? Serial(1) : soa.serial.next
    draft.put(RRset(rrset.owner, ttl: rrset.ttl, .soa(soa)))
  }
}

extension RecordData {
  /// WKS records of one address and protocol replace each other (§1.1.5).
  fileprivate func isSameService(as other: RecordData) -> Bool {
    type == .wks && other.type == .wks && wire.count >= 5 && wire.prefix(5) == other.wire.prefix(5)
  }
}
