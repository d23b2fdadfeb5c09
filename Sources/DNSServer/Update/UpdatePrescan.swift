import DNSModel

/// RFC 2136 §3.4.1: the whole update section is looked at before the first change is made.
enum UpdatePrescan {
  static func check(_ request: UpdateRequest) throws(UpdateRefusal) {
    for record in request.updates {
      let (name, type) = (record.owner, record.data.type)
      func formatError(_ reason: String) -> UpdateRefusal {
        UpdateRefusal(.formatError, "update of \(name) \(type): \(reason)")
      }
      guard name.isWithin(request.zone) else {
        throw UpdateRefusal(.notInZone, "update of \(name): not in the zone")
      }
      switch record.recordClass {
      case request.zoneClass:
        guard !type.isQueryOrMeta else { throw formatError("no record can have this type") }
        do throws(RecordDataError) {
          _ = try RecordData(checking: type, wire: record.data.wire)
        } catch {
          throw formatError(error.description)
        }
      case .any:
        guard record.ttl == .zero else { throw formatError("a deletion's TTL is 0") }
        guard record.data.wire.isEmpty else { throw formatError("this deletion takes no data") }
        guard type == .any || !type.isQueryOrMeta else {
          throw formatError("no record can have this type")
        }
      case .none:
        guard record.ttl == .zero else { throw formatError("a deletion's TTL is 0") }
        guard !type.isQueryOrMeta else { throw formatError("no record can have this type") }
      default: throw formatError("another class than the zone's")
      }
      // Signatures and denials follow from the data and the keys; nobody sets them one by one.
      if type.isSignatureOrDenial {
        throw UpdateRefusal(.refused, "update of \(name) \(type): made by signing, not by updates")
      }
    }
  }
}

extension RecordType {
  /// Types that exist in questions and in messages only (RFC 6895 §3.1).
  var isQueryOrMeta: Bool { self == .opt || (128...255).contains(rawValue) }

  var isSignatureOrDenial: Bool { self == .rrsig || self == .nsec || self == .nsec3 }

  /// What may stand beside a CNAME (RFC 4035 §2.5).
  var goesWithCNAME: Bool { self == .rrsig || self == .nsec }
}
