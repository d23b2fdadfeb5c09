import DNSModel
import Digests
import Migration
import Notation

/// Holds sets of records against their signatures. Keys and signatures come from strangers, so the work
/// they can cause is bounded (many keys with one tag times many signatures would be the attack).
struct SetVerifier {
  enum Outcome: Hashable {
    /// With the number of labels that were signed: fewer than the owner has came of a wildcard.
    case valid(until: UTCInstant, labels: Int)
    case invalid(String)
  }

  let now: UTCInstant
  private(set) var checksLeft = 64
  /// What several authorities serve alike is checked once.
  private var known: [Check: Bool] = [:]

  private struct Check: Hashable {
    let key: KeyRecord
    let signature: SignatureRecord
    let message: [UInt8]
  }

  init(at now: UTCInstant) { self.now = now }

  /// Whether `data` of `owner` is signed by one of `zone`'s `keys`.
  mutating func verify(
    _ owner: DomainName, _ data: [RecordData], _ signatures: [ResourceRecord], zone: DomainName,
    keys: [RecordData]
  ) -> Outcome {
    guard let type = data.first?.type else {
      return .invalid("there is nothing that could be signed")
    }
    var why = "\(owner) \(type): no signature by \(zone)"
    for record in signatures.prefix(16) where record.owner == owner {
      guard let signature = SignatureRecord(record.data), signature.covered == type,
        signature.signer == zone, owner.isWithin(zone),
        let validity = SignatureLifetimeCheck.validity(record.data, near: now)
      else { continue }
      if now < validity.start {
        why = "\(owner) \(type): its signature begins at \(validity.start) only"
        continue
      }
      if now > validity.end {
        why = "\(owner) \(type): its signature ended at \(validity.end)"
        continue
      }
      guard let message = signature.message(owner: owner, data) else {
        why = "\(owner) \(type): the signature is made for another name"
        continue
      }
      why = "\(owner) \(type): signed by key \(signature.keyTag), which \(zone) does not have"
      for key in keys.prefix(32).compactMap({ KeyRecord($0) })
      where key.isZoneKey && key.algorithm == signature.algorithm && key.tag == signature.keyTag {
        guard let holds = holds(Check(key: key, signature: signature, message: message)) else {
          return .invalid("too many keys and signatures to check")
        }
        if holds { return .valid(until: validity.end, labels: signature.labels) }
        why = "\(owner) \(type): the signature by key \(key.tag) does not fit what is served"
      }
    }
    return .invalid(why)
  }

  /// Nil where strangers have caused enough work.
  private mutating func holds(_ check: Check) -> Bool? {
    if let known = known[check] { return known }
    guard checksLeft > 0 else { return nil }
    checksLeft -= 1
    let holds = check.key.check?.verifies(check.signature.signature, of: check.message) == true
    known[check] = holds
    return holds
  }
}
