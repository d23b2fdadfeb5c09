import Glibc

/// The long tier: suites that take minutes run only under `make soak`.
public enum Soak {
  public static let isOn = getenv("CUTOVER_SOAK") != nil
}
