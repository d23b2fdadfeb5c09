import Migration
import Notation

/// After a crash, a restart, or from another machine: there is one way back in, and it is the same as
/// the first way in.
extension Turn {
  /// Takes a migration over. Whatever was under way becomes unknown and is resolved by reading (R17);
  /// the claim before is void from here on (R18).
  public static func take(
    _ id: MigrationID, from store: Store, in world: World, worker: String, at now: Now
  ) throws(StoreError) -> Turn {
    let claimed = try store.claim(id, worker: worker, at: now)
    let core = MigrationCore(claimed.plan)
    let turn = Turn(id, core, claimed, store, world, [], tells: true)
    return try recovered(turn, at: now)
  }

  /// For rehearsals: a planted core decides, and nobody is told anything.
  @_spi(PlantedMistakes)
  public static func take(
    _ id: MigrationID, core: MigrationCore, mistakes: TurnMistakes, from store: Store,
    in world: World, worker: String, at now: Now
  ) throws(StoreError) -> Turn {
    let claimed = try store.claim(id, worker: worker, at: now)
    return try recovered(Turn(id, core, claimed, store, world, mistakes, tells: false), at: now)
  }

  private static func recovered(_ turn: Turn, at now: Now) throws(StoreError) -> Turn {
    let mistakes = turn.mistakes
    let open = turn.state.openEffects.filter { $0.status == .intended }
    if mistakes.contains(.repeatsEffectsAfterACrash) { turn.pending = open.map(\.effect) }
    if mistakes.contains(.forgetsToRecover), !open.isEmpty {
      // Takes "not recorded" for "did not happen".
      for effect in open {
        try turn.accept(.effectEnded(number: effect.effect.number, .rejected(.tryAgain)), at: now)
      }
    } else if turn.state.ending == nil, !mistakes.contains(.repeatsEffectsAfterACrash) {
      try turn.accept(.recovered, at: now)
    } else if turn.state.ending == nil {
      try turn.accept(.ticked, at: now)
    }
    return turn
  }
}
