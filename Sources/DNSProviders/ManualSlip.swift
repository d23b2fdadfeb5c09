import DNSModel
import Notation

/// What probably went wrong when a person entered a record by hand, told from what is served now.
public enum ManualSlip: Hashable, Sendable {
  /// The dot at the end was left out, and the page added the zone to the target.
  case doubledSuffixInValue
  /// The whole name was entered where a relative one belonged.
  case doubledSuffixInName(DomainName)
  case misspelt(served: DomainName, wanted: DomainName)

  /// What a wrong target says about how it came to be; nil where it looks like no slip.
  public init?(served: DomainName, wanted: DomainName, zone: DomainName) {
    if served == Self.doubled(wanted, zone) {
      self = .doubledSuffixInValue
    } else if served != wanted, nearestWord(to: served.host, among: [wanted.host]) != nil {
      self = .misspelt(served: served, wanted: wanted)
    } else {
      return nil
    }
  }

  /// Where the record stands when the name was entered whole and the zone was added to that: this
  /// name is worth a question while a manual change does not show up.
  public static func doubled(_ name: DomainName, _ zone: DomainName) -> DomainName? {
    DomainName(labels: name.labels + zone.labels)
  }

  public var explanation: String {
    switch self {
    case .doubledSuffixInValue:
      "the zone was added to the value: it was entered without the dot at its end"
    case .doubledSuffixInName(let name):
      "the record was made at \(name): the page adds the zone to the name by itself, "
        + "so enter only the part in front of it, and remove that record"
    case .misspelt(let served, let wanted):
      "it says \(served.host) where \(wanted.host) was meant: a typing slip?"
    }
  }
}
