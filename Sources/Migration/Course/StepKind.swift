import DNSModel

/// A point where a person has to say yes.
public enum Gate: UInt8, Hashable, Sendable, CaseIterable {
  case cutOver = 0
  case lockOrigin = 1
  /// Passing it ends the promise that the move can be undone.
  case pointOfNoReturn = 2
  /// After a rollback: give the old record its old TTL again (R14).
  case restoreTTL = 3

  public var name: String {
    switch self {
    case .cutOver: "cutOver"
    case .lockOrigin: "lockOrigin"
    case .pointOfNoReturn: "pointOfNoReturn"
    case .restoreTTL: "restoreTTL"
    }
  }

  public init?(name: String) {
    guard let gate = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = gate
  }
}

/// What a step does. Each kind keeps its meaning for ever: a running migration is read by later
/// binaries (R24). A changed meaning is a new kind.
public enum StepKind: Hashable, Sendable {
  /// Find the old value, alone, at every authority, and start the ledger.
  case baseline
  case audit
  /// Publish the old data with a shorter TTL; stage 1 is the first.
  case lowerTTL(stage: Int, ttl: TTL)
  case ownHostname
  case obtainCertificate
  case bindHostname
  /// Prove the new endpoint by SNI at each address, and its parity with the old one.
  case proveEndpoint
  /// The new endpoint's certificate is replaced before too little of its life is left; 1 is the first.
  case renewCertificate(number: Int)
  case approve(Gate)
  case cutOver
  /// The panel of resolvers follows.
  case verify
  case soak(number: Int)
  case lockOrigin
  case raiseTTL(ttl: TTL)
  case retireOldEndpoint
  case report

  /// Stable over runs: journals, options and reports name steps by it.
  public var id: String {
    switch self {
    case .baseline: "baseline"
    case .audit: "audit"
    case .lowerTTL(let stage, _): "ttl.lower.\(stage)"
    case .ownHostname: "router.own"
    case .obtainCertificate: "certificate"
    case .bindHostname: "router.bind"
    case .proveEndpoint: "prove"
    case .renewCertificate(let number): "certificate.renew.\(number)"
    case .approve(let gate): "approve.\(gate.name)"
    case .cutOver: "cutover"
    case .verify: "verify"
    case .soak(let number): "soak.\(number)"
    case .lockOrigin: "origin.lock"
    case .raiseTTL: "ttl.raise"
    case .retireOldEndpoint: "retire"
    case .report: "report"
    }
  }
}

/// One node of the compiled graph.
public struct Step: Hashable, Sendable {
  public var kind: StepKind
  /// Steps that must be done before this one begins.
  public var needs: StepSet

  public init(_ kind: StepKind, needs: StepSet) {
    self.kind = kind
    self.needs = needs
  }

  public var id: String { kind.id }
}

/// A set of steps by index, at most 64: ordered, and cheap to ask.
public struct StepSet: Hashable, Sendable {
  public var bits: UInt64

  public init(bits: UInt64 = 0) { self.bits = bits }

  public static let limit = 64

  public func contains(_ index: Int) -> Bool { bits >> UInt64(index) & 1 == 1 }
  public mutating func insert(_ index: Int) { bits |= 1 << UInt64(index) }
  public mutating func remove(_ index: Int) { bits &= ~(1 << UInt64(index)) }
  public func contains(all other: StepSet) -> Bool { bits & other.bits == other.bits }
  public var isEmpty: Bool { bits == 0 }
  public var count: Int { bits.nonzeroBitCount }

  /// Ascending.
  public var indices: [Int] {
    var rest = bits
    var found: [Int] = []
    while rest != 0 {
      found.append(rest.trailingZeroBitCount)
      rest &= rest - 1
    }
    return found
  }
}
