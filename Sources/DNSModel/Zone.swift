/// A zone as a value: whoever holds one sees it unchanged, whatever becomes of the zone.
///
/// Every name that exists has a node, empty non-terminals too (RFC 4592 §2.2.2), so looking a name up
/// says whether it exists and not only whether it has records.
public struct Zone: Sendable {
  public let origin: DomainName
  private var nodes: [DomainName: Node] = [:]

  private struct Node: Sendable {
    var rrsets: [RRset] = []
    /// Nodes directly below.
    var children = 0
  }

  public init(origin: DomainName, _ rrsets: some Sequence<RRset> = []) {
    self.origin = origin
    nodes[origin] = Node()
    for rrset in rrsets { put(rrset) }
  }

  /// What is at a name; nothing at an empty non-terminal and at names that do not exist.
  public func rrsets(at name: DomainName) -> [RRset] { nodes[name]?.rrsets ?? [] }

  public func rrset(at name: DomainName, _ type: RecordType) -> RRset? {
    nodes[name]?.rrsets.first { $0.type == type }
  }

  /// Whether the name exists, with records or as an empty non-terminal. The apex always does.
  public func hasName(_ name: DomainName) -> Bool { nodes[name] != nil }

  public var soa: SOA? { rrset(at: origin, .soa)?.data.first?.soa }

  /// Whether answers need signatures and proofs: the zone has keys and what they signed.
  public var isSigned: Bool {
    rrset(at: origin, .dnskey) != nil && rrset(at: origin, .rrsig) != nil
  }

  /// Every name that exists, in canonical order (RFC 4034 §6.1): the apex first.
  public var names: [DomainName] { nodes.keys.sorted() }

  /// Names in canonical order; of each, its sets by type.
  public var allRRsets: [RRset] {
    names.flatMap { name in rrsets(at: name).sorted { $0.type < $1.type } }
  }

  /// Puts a set in the place of the one of its owner and type. What lies outside the zone is left out.
  public mutating func put(_ rrset: RRset) {
    guard rrset.owner.isWithin(origin) else { return }
    add(node: rrset.owner)
    edit(rrset.owner) { node in
      if let index = node.rrsets.firstIndex(where: { $0.type == rrset.type }) {
        node.rrsets[index] = rrset
      } else {
        node.rrsets.append(rrset)
      }
    }
  }

  /// Removes a set; names that are left with nothing at or below them are gone then.
  public mutating func remove(at name: DomainName, _ type: RecordType) {
    guard nodes[name] != nil else { return }
    edit(name) { $0.rrsets.removeAll { $0.type == type } }
    var name = name
    while name != origin, let node = nodes[name], node.rrsets.isEmpty, node.children == 0,
      let parent = name.parent
    {
      nodes[name] = nil
      edit(parent) { $0.children -= 1 }
      name = parent
    }
  }

  private mutating func edit(_ name: DomainName, _ change: (inout Node) -> Void) {
    change(&nodes[name, default: Node()])
  }

  private mutating func add(node name: DomainName) {
    guard nodes[name] == nil else { return }
    nodes[name] = Node()
    guard name != origin, let parent = name.parent else { return }
    add(node: parent)
    edit(parent) { $0.children += 1 }
  }
}
