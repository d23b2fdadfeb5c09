import DNSModel
import Notation

/// What probably went wrong when a person entered a record by hand, told from what is served now.
public enum ManualSlip: Hashable, Sendable {
  /// The dot at the end was left out, and the page added the zone to the target.
  case doubledSuffixInValue
  /// The whole name was entered where a relative one belonged.
  case doubledSuffixInName(DomainName)
  case misspelt(served: DomainName, wanted: DomainName)

  /// What a wrong target says about how it came to be, where one of `wanted` was to be entered; nil where
  /// it looks like no slip.
  public init?(served: DomainName, wanted: [DomainName], zone: DomainName) {
    if wanted.contains(served) { return nil }
    if wanted.contains(where: { AuditNames.doubled($0, zone: zone) == served }) {
      self = .doubledSuffixInValue
      return
    }
    let near = nearestWord(to: served.host, among: wanted.map(\.host))
    guard let meant = wanted.first(where: { $0.host == near }) else { return nil }
    self = .misspelt(served: served, wanted: meant)
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
