import DNSModel

/// The addresses of the names an answer mentions, which the asker would need next
/// (RFC 1034 §4.3.2 step 6).
extension AnswerWork {
  mutating func addAddresses() {
    guard let zone else { return }
    for set in answer.authorities where set.type == .ns {
      addGlue(of: set, from: zone)
    }
    for set in answer.answers {
      for name in set.data.compactMap(\.addressName) {
        // Glue is the child's word, to be repeated only to those who look for its servers.
        if set.type != .ns, case .delegation = zone.lookup(name) {
          answer.consulted.append(name)
          continue
        }
        addAddresses(of: name, from: zone)
      }
    }
  }

  /// Glue: what is at or below the cut cannot be found otherwise, so it must fit (RFC 9471 §3.1).
  /// Addresses elsewhere in the zone (siblings' glue too) are given as far as they fit (§3.2).
  private mutating func addGlue(of cut: AnswerSet, from zone: Zone) {
    let names = cut.data.compactMap(\.addressName)
    for name in names where name.isWithin(cut.owner) {
      addAddresses(of: name, from: zone, isRequired: true)
    }
    for name in names where !name.isWithin(cut.owner) { addAddresses(of: name, from: zone) }
  }

  private mutating func addAddresses(
    of name: DomainName, from zone: Zone, isRequired: Bool = false
  ) {
    guard name.isWithin(zone.origin) else { return }
    answer.consulted.append(name)
    for type in [RecordType.a, .aaaa] {
      guard let rrset = zone.rrset(at: name, type),
        !answer.additionals.contains(where: { $0.owner == name && $0.type == type }),
        !answer.answers.contains(where: { $0.owner == name && $0.type == type })
      else { continue }
      var set = signed(rrset, as: name)
      set.isRequired = isRequired
      answer.additionals.append(set)
    }
  }
}

extension RecordData {
  /// The host whose addresses are wanted next: for NS and MX (RFC 1035 §3.3), SRV (RFC 2782), SVCB
  /// and HTTPS (RFC 9460 §4.1).
  fileprivate var addressName: DomainName? {
    let start: Int
    switch type {
    case .ns: start = 0
    case .mx, .svcb, .https: start = 2
    case .srv: start = 6
    default: return nil
    }
    var end = start
    while end < wire.count, wire[end] != 0 { end += 1 + Int(wire[end]) }
    guard end < wire.count else { return nil }
    return DomainName(wire: Array(wire[start...end]))
  }
}
