import DNSModel
import Notation
import Synchronization
import SystemIO

/// Answers `cutover dns ctl` on a socket only our own user can open: one JSON object a line, one back.
public final class ControlService: Sendable {
  /// What the program around the server has to do itself.
  public enum Wish: Sendable {
    /// Read the zone files again; gives what became of it.
    case reload
    case stop
  }

  private let listener: LocalListener
  private let server: NameServer
  private let fulfil: @Sendable (Wish) -> JSON
  private let stops = Atomic<Bool>(false)

  public init(
    at path: String, for server: NameServer, fulfil: @escaping @Sendable (Wish) -> JSON
  ) throws(LocalSocketError) {
    listener = try LocalListener(replacing: path)
    self.server = server
    self.fulfil = fulfil
  }

  public func stop() { stops.store(true, ordering: .relaxed) }

  /// One caller after the other, until `stop`.
  public func run() {
    while !stops.load(ordering: .relaxed) {
      guard let connection = listener.accept(within: .milliseconds(200)) else { continue }
      guard let line = connection.readLine(within: .seconds(5)) else { continue }
      _ = connection.write(line: Array(answer(line).compact.utf8))
    }
  }

  func answer(_ line: [UInt8]) -> JSON {
    guard let request = try? JSON(parsing: line), let command = request["command"]?.string else {
      return Self.failure("not understood: an object with a \"command\" is expected")
    }
    let argument = request["argument"]?.string
    switch (command, argument) {
    case ("status", nil): return Self.success(server.status.json, server.status.text)
    case ("metrics", nil): return Self.success(.null, server.status.prometheus)
    case ("faults", nil): return faultList()
    case ("fault", let text?):
      do throws(FaultRuleError) {
        let rule = try FaultRule(parsing: text)
        let number = server.faults.add(rule, zones: server.shelf.zones)
        return Self.success(.integer(number), "fault \(number): \(rule)")
      } catch {
        return Self.failure(error.description)
      }
    case ("clear", let text?):
      guard text == "all" || Int(text) != nil else {
        return Self.failure("clear takes a fault's number or \"all\"")
      }
      let count = server.faults.remove(text == "all" ? nil : Int(text))
      guard count > 0 || text == "all" else { return Self.failure("there is no fault \(text)") }
      return Self.success(.integer(count), "\(count) switched off")
    case ("reload", nil): return fulfil(.reload)
    case ("stop", nil): return fulfil(.stop)
    default: return Self.failure("unknown command, or an argument too many or too few")
    }
  }

  private func faultList() -> JSON {
    let rules = server.faults.rules
    let text = rules.map { "fault \($0.number): \($0.rule)" }.joined(separator: "\n")
    return Self.success(.strings(rules.map { $0.rule.description }), text)
  }

  public static func success(_ value: JSON, _ text: String) -> JSON {
    .record([("ok", .bool(true)), ("result", value), ("text", .string(text))])
  }

  public static func failure(_ text: String) -> JSON {
    .record([("ok", .bool(false)), ("text", .string(text))])
  }
}
