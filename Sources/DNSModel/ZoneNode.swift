/// What a zone holds at one name. Without any set it is an empty non-terminal: a name that exists
/// because something below it does (RFC 4592 §2.2.2).
public struct ZoneNode: Sendable {
  public let owner: DomainName
  /// In the order of their types' numbers.
  public internal(set) var sets: [RRset] = []
  /// Names one label below that exist.
  var childCount = 0

  init(owner: DomainName) { self.owner = owner }

  public var isEmptyNonTerminal: Bool { sets.isEmpty }

  public subscript(_ type: RecordType) -> RRset? {
    for set in sets where set.type == type { return set }
    return nil
  }

  func index(of type: RecordType) -> Int? { sets.firstIndex { $0.type == type } }

  mutating func put(_ set: RRset) {
    let place = sets.firstIndex { $0.type >= set.type } ?? sets.count
    if place < sets.count, sets[place].type == set.type {
      sets[place] = set
    } else {
      sets.insert(set, at: place)
    }
  }
}
