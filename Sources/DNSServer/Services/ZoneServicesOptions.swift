import DNSModel
import SystemIO

/// Where a zone is copied from.
public struct SecondarySource: Hashable, Sendable {
  public var zone: DomainName
  /// Asked in turn.
  public var primaries: [SocketAddress]
  public var key: DomainName?

  public init(zone: DomainName, primaries: [SocketAddress], key: DomainName? = nil) {
    self.zone = zone
    self.primaries = primaries
    self.key = key
  }
}

/// Who is told of changes.
public struct NotifyTarget: Hashable, Sendable {
  /// Nil: of every zone.
  public var zone: DomainName?
  public var address: SocketAddress
  public var key: DomainName?

  public init(zone: DomainName? = nil, address: SocketAddress, key: DomainName? = nil) {
    self.zone = zone
    self.address = address
    self.key = key
  }
}

/// What the living part of the server is told at its start.
public struct ZoneServicesOptions: Sendable {
  public var keys = TSIGKeyring()
  public var updates = AccessList()
  public var transfers = AccessList()
  public var notifies = AccessList()
  public var secondaries: [SecondarySource] = []
  public var notifyTargets: [NotifyTarget] = []
  /// What `version.` questions are told.
  public var version = ""
  /// Where journals and the copies of secondaries are kept; nil: each journal beside its zone file,
  /// and no copies.
  public var journalDirectory: String?
  /// How a zone file is written.
  var zoneText: ZoneKeeper.ZoneText = ZoneFileText.write
  /// How long, and how large, a transfer from a primary may be.
  var transferLimits = TransferAttempt.Limits()
  /// A journal that grows beyond this is folded into its zone file.
  public var journalLimit = 16 << 20

  public init() {}

  func journalPath(of origin: DomainName, zonePath: String) -> String {
    statePath(of: origin, "journal") ?? zonePath + ".journal"
  }

  /// Where a secondary's zone is kept between runs; nil without a directory for such things.
  func copyPath(of origin: DomainName) -> String? { statePath(of: origin, "copy") }

  /// One file for each zone, whatever bytes its name has.
  private func statePath(of origin: DomainName, _ kind: String) -> String? {
    guard let journalDirectory else { return nil }
    var name = ""
    for scalar in origin.folded.host.unicodeScalars {
      let isPlain =
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        || ".-_".unicodeScalars.contains(scalar)
      name += isPlain ? String(scalar) : "%" + String(scalar.value, radix: 16)
    }
    return journalDirectory + "/" + (origin.isRoot ? "root" : name) + "." + kind
  }
}
