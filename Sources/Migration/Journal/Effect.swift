import DNSModel
import Notation

/// Something we do to the world, once. The intent is committed before the first byte leaves (R17).
public struct Effect: Hashable, Sendable {
  /// For so long what was sent may still take hold, where no plan says it: the record's writes have a time
  /// of their own.
  public static let life = TimeSpan.hours(1)

  /// Counted within the migration; the same after a crash, so that it can serve as the key of the work.
  public var number: UInt32
  public var action: EffectAction
  /// Safe time after which the first byte must not leave any more.
  public var sendBy: UTCInstant
  /// Safe time after which it cannot take hold any more; `distantFuture` where a person does it.
  public var deadAt: UTCInstant

  public init(number: UInt32, action: EffectAction, sendBy: UTCInstant, deadAt: UTCInstant) {
    self.number = number
    self.action = action
    self.sendBy = sendBy
    self.deadAt = deadAt
  }
}

public enum EffectAction: Hashable, Sendable {
  /// Replace the RRset in one atomic change (R4); may be sent once per intent.
  case writeRecord(RecordWrite)
  case ownHostname
  case obtainCertificate
  /// One in place of that which ends at `before`, and put to use.
  case renewCertificate(before: UTCInstant)
  case bindHostname
  /// Take the name off the router again (rollback).
  case cleanRouter
  /// Let only the router reach the old endpoint.
  case lockOrigin
  case unlockOrigin
  case retireOldEndpoint

  public var purpose: EffectPurpose {
    switch self {
    case .writeRecord: .record
    case .ownHostname: .own
    case .obtainCertificate: .certificate
    case .renewCertificate: .renew
    case .bindHostname: .bind
    case .cleanRouter: .clean
    case .lockOrigin: .lock
    case .unlockOrigin: .unlock
    case .retireOldEndpoint: .retire
    }
  }
}

/// One conditional replacement: only if the record still is `expected` (and the fence `fence`), it
/// becomes `value` (and the fence `fence + 1`).
public struct RecordWrite: Hashable, Sendable {
  public var value: ServedValue
  public var expected: ServedValue
  /// The fence's number as read; nil without a fence. 0 means: there is no fence record yet.
  public var fence: UInt64?

  public init(value: ServedValue, expected: ServedValue, fence: UInt64?) {
    self.value = value
    self.expected = expected
    self.fence = fence
  }
}

/// What an effect is for; at most one of each is open at a time.
public enum EffectPurpose: UInt8, Hashable, Sendable, CaseIterable {
  case record = 0
  case own, certificate, bind, clean, lock, unlock, retire, renew

  public var name: String {
    switch self {
    case .record: "record"
    case .own: "own"
    case .certificate: "certificate"
    case .bind: "bind"
    case .clean: "clean"
    case .lock: "lock"
    case .unlock: "unlock"
    case .retire: "retire"
    case .renew: "renew"
    }
  }

  public init?(name: String) {
    guard let purpose = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = purpose
  }

  /// Where it shows that the effect took hold; nil for the record, which is read itself.
  public var evidence: EvidenceKind? {
    switch self {
    case .record: nil
    case .own, .certificate, .bind, .clean: .router
    case .renew: .newEndpoint
    case .lock, .unlock: .originLock
    case .retire: .retirement
    }
  }

  /// Purposes that touch the same thing must not be open together.
  public var resource: Resource {
    switch self {
    case .record: .record
    case .own, .certificate, .renew, .bind, .clean: .router
    case .lock, .unlock, .retire: .origin
    }
  }

  public enum Resource: UInt8, Hashable, Sendable { case record, router, origin }
}

/// What is known about an effect after it was tried.
public enum EffectOutcome: Hashable, Sendable {
  /// The other side said yes. (The step still waits until it is seen.)
  case applied
  /// Certainly nothing happened.
  case rejected(Rejection)
  /// It may have happened, may yet happen, or not. Resolved by reading (R17).
  case unknown
  /// A person was told what to do.
  case handedOver
}

public enum Rejection: String, Hashable, Sendable, CaseIterable {
  /// The precondition no longer holds: read again.
  case conflict
  case tryAgain
  case permanent
  case needsPerson
}
