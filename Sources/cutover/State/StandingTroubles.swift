import Engine
import Notation
import SystemIO

/// What goes wrong beside the journal and is so still: it decides nothing, and people must not miss it.
struct StandingTroubles {
  private let folder: String
  private let id: MigrationID

  /// `state`: the state directory.
  init(state: String, _ id: MigrationID) {
    folder = state + "/troubles"
    self.id = id
  }

  /// For those who write notes.
  func make() throws { try PrivateDirectory.make(folder) }

  /// The server was not told of a zone file that changed.
  var reload: TroubleNote { TroubleNote("\(folder)/\(id).reload") }

  /// The last notice that a hook did not take.
  var notices: TroubleNote { TroubleNote("\(folder)/\(id).notices") }
}
