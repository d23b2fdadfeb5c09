import Migration

/// Where a move stands, as people are told: the standing, and which way it goes.
struct Stand: CustomStringConvertible {
  let standing: Standing
  let isRollingBack: Bool

  init(_ standing: Standing, isRollingBack: Bool) {
    self.standing = standing
    self.isRollingBack = isRollingBack && !standing.isEnd
  }

  init(_ walk: Walk) {
    self.init(walk.decision.standing, isRollingBack: walk.state.isRollingBack)
  }

  var description: String { (isRollingBack ? "back: " : "") + standing.rawValue }
}
