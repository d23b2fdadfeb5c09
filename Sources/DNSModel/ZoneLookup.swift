/// What a zone has for a name, before the type is looked at (RFC 1034 §4.3.2, step 3).
public enum ZoneLookup: Sendable {
  case outOfZone
  /// The name is at or below this cut; what is asked for is the child zone's, except DS at the cut.
  case delegation(cut: ZoneNode)
  /// The name is below this node's DNAME (RFC 6672 §3.2).
  case redirection(ZoneNode)
  /// The name itself exists, perhaps as an empty non-terminal.
  case node(ZoneNode)
  /// The name does not exist; this wildcard's records stand for it (RFC 4592 §3.3.1).
  case wildcard(ZoneNode, closestEncloser: ZoneNode)
  /// The name does not exist, nor anything for it.
  case absent(closestEncloser: ZoneNode)
}

extension Zone {
  /// Goes up from the name to the origin: the topmost cut or DNAME on the way wins, else the name
  /// itself, else a wildcard right below the nearest ancestor that exists.
  public func lookup(_ name: DomainName) -> ZoneLookup {
    guard name.isWithin(origin) else { return .outOfZone }
    var closest: ZoneNode?
    var barrier: ZoneLookup?
    var next: DomainName? = name
    while let current = next {
      if let node = node(at: current) {
        if closest == nil { closest = node }
        if current != origin, node[.ns] != nil {
          barrier = .delegation(cut: node)
        } else if current != name, node[.dname] != nil {
          barrier = .redirection(node)
        }
      }
      if current == origin { break }
      next = current.parent
    }
    if let barrier { return barrier }
    guard let closest else { return .outOfZone }
    if closest.owner == name { return .node(closest) }
    if let source = closest.owner.wildcardChild, let wildcard = node(at: source) {
      return .wildcard(wildcard, closestEncloser: closest)
    }
    return .absent(closestEncloser: closest)
  }

  /// Whether the zone has a cut or a DNAME at all: without one, what is in it is all its own to answer.
  public var hasBarriers: Bool {
    unorderedNodes.contains { node in
      node.sets.contains { set in
        set.type == .dname || (set.type == .ns && node.owner != origin)
      }
    }
  }

  /// The delegation a name is at or below, if any.
  public func cut(above name: DomainName) -> ZoneNode? {
    if case .delegation(let cut) = lookup(name) { return cut }
    return nil
  }

  /// The addresses this zone holds for a server's name, glue included.
  public func addresses(of name: DomainName) -> [RRset] {
    guard let node = node(at: name) else { return [] }
    return node.sets.filter { $0.type == .a || $0.type == .aaaa }
  }
}
