import Migration
import Notation

/// Where the engine's moments come from (R20). May be asked as often as one likes; takes microseconds.
///
/// `safe` never goes back, across restarts neither: the adapter stores (boot id, wall, boottime, safe)
/// and advances by the smaller of the two differences within a boot, and across boots by the wall's
/// only while that is synchronised.
public protocol MigrationClock {
  func now() -> Now
}
