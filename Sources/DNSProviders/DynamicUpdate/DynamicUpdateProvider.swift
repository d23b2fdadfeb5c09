import DNSModel
import DNSTransport
import Notation
import SystemIO

/// A primary server that takes dynamic updates (RFC 2136), signed (RFC 8945): BIND, Knot, ours.
///
/// Over TCP, and each message once: a repeated update is another update. The fence record makes a late
/// or doubled one harmless (R18).
public struct DynamicUpdateProvider: AliasProvider {
  public let scope: ProviderScope
  private let server: SocketAddress
  private let keyName: DomainName?
  private let keySource: SecretReference?
  private let patience: TimeSpan

  /// `key`: where the TSIG key is to be found; it is read for each message, so a rotated key is taken
  /// up. Without one the messages are not signed.
  public init(
    scope: ProviderScope, server: SocketAddress, key: SecretReference?, keyName: DomainName? = nil,
    patience: TimeSpan = .seconds(10)
  ) {
    self.scope = scope
    self.server = server
    keySource = key
    self.keyName = keyName
    self.patience = patience
  }

  public var traits: ProviderTraits {
    ProviderTraits(
      name: "dynamic-update", hasFence: scope.fence != nil,
      // A message in a socket's queue can be taken up no later than its signature holds.
      longestWrite: .seconds(Int(TSIGSigner.usualFudge)))
  }

  // MARK: Reading

  public func read() throws(ProviderFailure) -> ProviderHolding {
    let alias = try query(scope.name, .cname)
    let content: ProviderHolding.Content
    switch alias.responseCode {
    case .nameError: content = .absent
    case .noError:
      let records = alias.answers.filter { $0.owner == scope.name }
      if records.count == 1, records[0].data.type == .cname,
        let target = DomainName(wire: records[0].data.wire)
      {
        content = .alias(AliasRecord(target: target, ttl: records[0].ttl))
      } else {
        content = .other(["no CNAME, but the name has something else"])
      }
    default: throw ProviderFailure("\(server) answers \(alias.responseCode) for \(scope.name)")
    }
    return ProviderHolding(content, fence: try fenceNumber())
  }

  private func fenceNumber() throws(ProviderFailure) -> UInt64? {
    guard let name = scope.fence else { return nil }
    let answer = try query(name, .txt)
    guard answer.responseCode == .noError else {
      guard answer.responseCode == .nameError else {
        throw ProviderFailure("\(server) answers \(answer.responseCode) for \(name)")
      }
      return nil
    }
    let records = answer.answers.filter { $0.owner == name && $0.data.type == .txt }
    guard let record = records.first else { return nil }
    guard records.count == 1, let number = UpdateMessage.fenceNumber(record.data) else {
      throw ProviderFailure("\(name) holds a text that is no fence number of ours: remove it")
    }
    return number
  }

  private func query(_ name: DomainName, _ type: RecordType) throws(ProviderFailure) -> Message {
    var random = SystemRandom()
    let id = UInt16(truncatingIfNeeded: random.next())
    let message = Message(header: MessageHeader(id: id), questions: [Question(name, type)])
    switch exchange(message) {
    case .answered(let answer):
      let isError = ![ResponseCode.noError, .nameError].contains(answer.responseCode)
      guard answer.header.isAuthoritative || isError else {
        throw ProviderFailure("\(server) is not authoritative for \(name)")
      }
      return answer
    case .notSent(let reason), .unbelievable(let reason): throw ProviderFailure(reason)
    }
  }

  // MARK: Changing

  public func change(_ change: AliasChange) -> ChangeOutcome {
    var random = SystemRandom()
    let id = UInt16(truncatingIfNeeded: random.next())
    switch exchange(UpdateMessage.change(change, of: scope, id: id)) {
    case .notSent(let reason): return .tryAgain(reason)
    case .unbelievable(let reason): return .unknown(reason)
    case .answered(let answer): return outcome(answer.responseCode)
    }
  }

  private func outcome(_ code: ResponseCode) -> ChangeOutcome {
    switch code {
    case .noError: .applied
    case .setDoesNotExist, .setExists, .nameError, .nameExists:
      .conflict("\(server): the record or the fence is not what was read (\(code))")
    case .refused, .notAuthoritative, .notInZone:
      .needsPerson("\(server) refuses the update (\(code)): does the key have the right?")
    case .formatError, .notImplemented: .permanent("\(server) takes no such update (\(code))")
    // The server says it failed; whether it failed before or after the change it does not say.
    default: .unknown("\(server) answers \(code)")
    }
  }

  public func preflight() -> [ProviderFinding] {
    let record: AliasRecord
    let fence: UInt64
    do {
      let held = try read()
      guard case .alias(let alias) = held.content else {
        return [ProviderFinding(.blocker, "\(server) holds \(held.content.text), no alias")]
      }
      record = alias
      fence = held.fence ?? 0
    } catch {
      return [ProviderFinding(.blocker, "\(error)")]
    }
    switch exchange(UpdateMessage.rehearsal(of: record, fence: fence, scope, id: 1)) {
    case .notSent(let reason), .unbelievable(let reason):
      return [ProviderFinding(.blocker, reason)]
    case .answered(let answer) where answer.responseCode == .setDoesNotExist:
      return [
        ProviderFinding(
          .blocker,
          "\(scope.name) has no record of its own: it is answered from a wildcard"
            + (fence > 0 ? ", or somebody changed it at this moment" : ""))
      ]
    case .answered(let answer) where answer.responseCode != .noError:
      return [
        ProviderFinding(
          .blocker,
          "\(server) answers \(answer.responseCode) to an update of \(scope.name): "
            + "the key may not change it and its fence")
      ]
    case .answered: break
    }
    return [ProviderFinding(.fine, "the key may change \(scope.name) and its fence")] + excess()
  }

  /// Could the key do more than it needs?
  private func excess() -> [ProviderFinding] {
    guard let other = scope.zone.prepending("cutover-preflight"), other != scope.name,
      case .answered(let answer) = exchange(UpdateMessage.trespass(at: other, scope, id: 2)),
      answer.responseCode == .noError
    else { return [] }
    return [
      ProviderFinding(
        .warning,
        "the key may change other names of \(scope.zone) too; "
          + "this is all it needs:\n\(LeastPrivilege(scope: scope, key: knownKeyName).text)")
    ]
  }

  // MARK: Talking

  private enum Exchange {
    case answered(Message)
    /// Certainly nothing happened.
    case notSent(String)
    /// No answer, or none that can be believed.
    case unbelievable(String)
  }

  private func exchange(_ message: Message) -> Exchange {
    var bytes = message.encoded()
    var conversation: TSIGConversation?
    if let keySource {
      do {
        var signing = TSIGConversation(key: try tsigKey(keySource))
        bytes = signing.sign(bytes, now: UInt64(clamping: SystemClock.wall().seconds))
        conversation = signing
      } catch {
        return .notSent("the key \(keySource): \(error)")
      }
    }
    switch StreamExchange.ask(bytes, of: server, within: patience) {
    case .notSent(let reason): return .notSent(reason)
    case .unanswered(let reason): return .unbelievable(reason)
    case .answered(var answer):
      do {
        if var verifying = conversation {
          answer = try verifying.verify(answer, now: UInt64(clamping: SystemClock.wall().seconds))
        }
        let parsed = try Message(parsing: answer)
        guard parsed.header.id == message.header.id, parsed.header.isResponse else {
          return .unbelievable("\(server) answers another question")
        }
        return .answered(parsed)
      } catch {
        return .unbelievable("the answer of \(server) cannot be believed: \(error)")
      }
    }
  }

  private var knownKeyName: DomainName? {
    if let keyName { return keyName }
    guard let keySource else { return nil }
    return (try? tsigKey(keySource))?.name
  }

  private func tsigKey(_ source: SecretReference) throws -> TSIGKey {
    try source.resolve().reveal { bytes in
      try TSIGKey(parsing: String(decoding: bytes, as: UTF8.self), named: keyName)
    }
  }
}

/// The rights a key needs for one migration and not one more, ready to paste.
public struct LeastPrivilege: Hashable, Sendable {
  public let scope: ProviderScope
  public let key: DomainName?

  public init(scope: ProviderScope, key: DomainName?) {
    self.scope = scope
    self.key = key
  }

  private var keyText: String { key?.host ?? "KEY" }

  public var bind: String {
    let fence = scope.fence.map { "\n    grant \(keyText) name \($0) TXT;" } ?? ""
    return """
      // BIND, in the zone's block:
        update-policy {
          grant \(keyText) name \(scope.name) CNAME;\(fence)
        };
      """
  }

  public var knot: String {
    let names = [scope.name, scope.fence].compactMap { $0?.description }
    return """
      # Knot, and `acl: [ cutover-move ]` in the zone's block:
      acl:
        - id: cutover-move
          key: \(keyText)
          action: update
          update-type: [ CNAME, TXT ]
          update-owner: name
          update-owner-match: equal
          update-owner-name: [ \(names.joined(separator: ", ")) ]
      """
  }

  public var text: String { bind + "\n" + knot }
}
