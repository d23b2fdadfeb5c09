import DNSModel
import SystemIO

@testable import DNSServer

/// Counts what kinds of transfers a server has begun to give, by what it really says.
final class TransferTally: RequestHandler {
  enum Kind { case whole, incremental, nothingNew }

  private let handler: any RequestHandler
  private let state = SystemIO.Mutex<[Kind: Int]>([:])

  init(_ handler: any RequestHandler) { self.handler = handler }

  var counts: [Kind: Int] { state.withLock { $0 } }

  func handle(_ request: SpecialRequest, reply: @escaping @Sendable (SpecialReply) -> Void) {
    handler.handle(request) { [self] answer in
      switch answer {
      case .silence: break
      case .message(let bytes): note(bytes)
      case .stream(let next):
        let isFirst = SystemIO.Mutex(true)
        return reply(
          .stream { [self] in
            let piece = next()
            let begins = isFirst.withLock { flag in
              defer { flag = false }
              return flag
            }
            if begins, case .message(let bytes) = piece { note(bytes) }
            return piece
          })
      }
      reply(answer)
    }
  }

  private func note(_ bytes: [UInt8]) {
    guard let message = try? Message(parsing: bytes), message.responseCode == .noError,
      let type = message.questions.first?.type, type == .axfr || type == .ixfr,
      !message.answers.isEmpty
    else { return }
    let kind: Kind =
      message.answers.count == 1
      ? .nothingNew : message.answers[1].data.type == .soa ? .incremental : .whole
    state.withLock { $0[kind, default: 0] += 1 }
  }
}
