import Migration

/// Where a move stands, as people are told: the standing, and which way it goes.
struct Stand: Hashable, CustomStringConvertible {
  let standing: Standing
  let isRollingBack: Bool

  /// Every one there is, in the order of the drawing in `MigrationState`.
  static let all: [Stand] = {
    let living = Standing.allCases.filter { !$0.isEnd }
    return living.map { Stand($0, isRollingBack: false) }
      + living.map { Stand($0, isRollingBack: true) }
      + Standing.allCases.filter(\.isEnd).map { Stand($0, isRollingBack: false) }
  }()

  init(_ standing: Standing, isRollingBack: Bool) {
    self.standing = standing
    self.isRollingBack = isRollingBack && !standing.isEnd
  }

  init(_ walk: Walk) {
    self.init(walk.decision.standing, isRollingBack: walk.state.isRollingBack)
  }

  var description: String { (isRollingBack ? "back: " : "") + standing.rawValue }
}

struct StandChange: Hashable {
  let from: Stand
  let to: Stand
}
