import Glibc

/// The long tier: suites that take minutes run only under `make soak`.
public enum Soak {
  public static let isOn = getenv("CUTOVER_SOAK") != nil

  /// For what would take hours without the optimiser: `make soak` builds those suites once more for it.
  public static var isOnOptimised: Bool {
    #if DEBUG
      false
    #else
      isOn
    #endif
  }

  /// Where generated soaks begin: `CUTOVER_SEED` gives them another beginning.
  public static let seed = getenv("CUTOVER_SEED").flatMap { UInt64(String(cString: $0)) } ?? 13
}
