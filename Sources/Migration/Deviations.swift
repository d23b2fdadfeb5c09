/// Mistakes that can be planted in the core, so that tests prove they would be noticed. The product
/// has no way to set any: the initialiser that takes them is for tests alone
/// (`@_spi(PlantedMistakes)`).
public struct Deviations: OptionSet, Hashable, Sendable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  private init(bit: UInt64) { rawValue = 1 << bit }

  @_spi(PlantedMistakes) public static let waitsWithTheNewTTL = Deviations(bit: 0)
  @_spi(PlantedMistakes) public static let waitsFromTheAcknowledgement = Deviations(bit: 1)
  @_spi(PlantedMistakes) public static let comparesDataWithoutTTL = Deviations(bit: 2)
  @_spi(PlantedMistakes) public static let locksBeforeTheDrain = Deviations(bit: 3)
  @_spi(PlantedMistakes) public static let flipsBackBeforeUnlocking = Deviations(bit: 4)
  @_spi(PlantedMistakes) public static let trustsTheWallClockForWaits = Deviations(bit: 5)
  @_spi(PlantedMistakes) public static let trustsTheSafeClockForExpiries = Deviations(bit: 6)
  @_spi(PlantedMistakes) public static let raisesBeforeTheSoak = Deviations(bit: 7)
  @_spi(PlantedMistakes) public static let overwritesDrift = Deviations(bit: 8)
  @_spi(PlantedMistakes) public static let approvesAChangedPlan = Deviations(bit: 9)
  @_spi(PlantedMistakes) public static let undoesFromPosition = Deviations(bit: 10)
  @_spi(PlantedMistakes) public static let flipsBackToASickEndpoint = Deviations(bit: 11)
  @_spi(PlantedMistakes) public static let forgetsUnreachableAuthorities = Deviations(bit: 12)
  @_spi(PlantedMistakes) public static let trustsOneRound = Deviations(bit: 13)
  @_spi(PlantedMistakes) public static let asksResolversTooEarly = Deviations(bit: 14)
  @_spi(PlantedMistakes) public static let takesInconclusiveForAPass = Deviations(bit: 15)
  @_spi(PlantedMistakes) public static let repeatsUnknownEffects = Deviations(bit: 16)
  @_spi(PlantedMistakes) public static let forgetsWritesInFlight = Deviations(bit: 17)
  @_spi(PlantedMistakes) public static let neverReopensAnExposure = Deviations(bit: 18)
  @_spi(PlantedMistakes) public static let retiresOnATimer = Deviations(bit: 19)
  @_spi(PlantedMistakes) public static let cleansTheRouterBeforeTheDrain = Deviations(bit: 20)
  @_spi(PlantedMistakes) public static let cutsOverOnOldProof = Deviations(bit: 21)
  @_spi(PlantedMistakes) public static let ignoresTheDeclaredTTL = Deviations(bit: 22)
  @_spi(PlantedMistakes) public static let restoresTheTTLUnasked = Deviations(bit: 23)
  @_spi(PlantedMistakes) public static let needsTheRouterToRollBack = Deviations(bit: 24)
  @_spi(PlantedMistakes) public static let keepsApprovalsForEver = Deviations(bit: 25)
  @_spi(PlantedMistakes) public static let neverRenews = Deviations(bit: 27)
  /// No mistake: what a decision's validity spares is decided all the same. Both must come out alike.
  @_spi(PlantedMistakes) public static let decidesEachTimeAnew = Deviations(bit: 26)

  /// With these a decision's validity says nothing: it is reckoned in the right clocks.
  static let decidingAnew: Deviations = [
    .trustsTheWallClockForWaits, .trustsTheSafeClockForExpiries, .decidesEachTimeAnew,
  ]
}
