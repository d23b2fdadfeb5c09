import Notation
import Reports
import SystemIO

/// Requests from other terminals, one JSON line each, and their answers.
public final class SandboxControl: @unchecked Sendable {
  private let listener: LocalListener
  private let world: SandboxWorld
  private let stops = Mutex(false)
  private let wish = Mutex(false)
  private var thread: Thread?

  public init(_ world: SandboxWorld) throws {
    self.world = world
    listener = try LocalListener(
      replacing: SandboxFolder.controlSocket(in: world.places.folder))
    thread = try Thread("control") { [unowned self] in
      while !stops.withLock({ $0 }) {
        guard let connection = listener.accept(within: .milliseconds(100)),
          let line = connection.readLine(within: .seconds(2))
        else { continue }
        _ = connection.write(line: Array(answer(line).compact.utf8))
      }
    }
  }

  public func stop() {
    stops.withLock { $0 = true }
    thread?.join()
  }

  /// Somebody said `down`.
  public var isAskedToEnd: Bool { wish.withLock { $0 } }

  private func answer(_ line: [UInt8]) -> JSON {
    guard let request = try? JSON(parsing: line), let word = request["verb"]?.string else {
      return Self.failure("not understood: an object with a \"verb\" is expected")
    }
    switch word {
    case "status": return Self.success("", ("status", SandboxStatus(world).json))
    case "story": return Self.success("", ("story", world.story.json))
    case "down":
      wish.withLock { $0 = true }
      return Self.success("the sandbox ends")
    default: break
    }
    guard let verb = SandboxVerb(rawValue: word) else {
      return Self.failure(
        "nothing is known of \"\(safeText(word))\"\(SandboxVerb.hint(for: word))")
    }
    do {
      return Self.success(try world.perform(verb, request["argument"]?.string))
    } catch {
      return Self.failure("\(verb.rawValue): \(error)")
    }
  }

  private static func success(_ text: String, _ more: (String, JSON)? = nil) -> JSON {
    .record([("ok", .bool(true)), ("text", .string(text))] + (more.map { [($0.0, $0.1)] } ?? []))
  }

  private static func failure(_ text: String) -> JSON {
    .record([("ok", .bool(false)), ("text", .string(text))])
  }

  /// Asks a running sandbox.
  public static func ask(
    _ folder: String, _ verb: String, _ argument: String? = nil
  ) throws -> JSON {
    let path = SandboxFolder.controlSocket(in: folder)
    guard AtomicFile.exists(path) else {
      throw SandboxError(
        "no sandbox is running in \(safeText(folder)); begin one with: cutover sandbox up")
    }
    let connection = try LocalConnection(to: path)
    let request = JSON.record([
      ("verb", .string(verb)), ("argument", argument.map { .string($0) }),
    ])
    guard connection.write(line: Array(request.compact.utf8)),
      let line = connection.readLine(within: .seconds(10)), let answer = try? JSON(parsing: line)
    else { throw SandboxError("the sandbox in \(safeText(folder)) does not answer") }
    guard answer["ok"]?.bool == true else {
      throw SandboxError(safeText(answer["text"]?.string ?? "refused"))
    }
    return answer
  }
}
