import DNSModel

/// Holds a reply against what was asked: id (by the caller, who found the question by it), kind, name,
/// type and class. The name must come back as it was sent, letter for letter.
enum ReplyCheck {
  case answer(Message)
  /// Right in all but the case of the name: forged, or a server that folds names. TCP tells which.
  case caseChanged
  case wrong(DNSFailure.Reason)

  init(_ reply: [UInt8], to sent: [UInt8], question: Question, opcode: Opcode) {
    // Names in the answer point at the question's: with the case we drew put right there first, the
    // answer reads as the server wrote it.
    let end = MessageHeader.byteCount + question.name.wire.count
    let place = MessageHeader.byteCount..<end
    let keptCase = reply.count >= end && sent.count >= end && reply[place] == sent[place]
    var reply = reply
    if keptCase {
      for (offset, byte) in question.name.wire.enumerated() {
        reply[place.lowerBound + offset] = byte
      }
    }
    let message: Message
    do {
      message = try Message(parsing: reply)
    } catch {
      self = .wrong(.malformed(error.description))
      return
    }
    guard message.header.isResponse else {
      self = .wrong(.otherQuestion("it is a question itself"))
      return
    }
    guard message.header.opcode == opcode else {
      self = .wrong(.otherQuestion("its kind is \(message.header.opcode)"))
      return
    }
    guard let echoed = message.questions.first else {
      // Servers that refuse early may leave the question out (RFC 5625 §4.4.1); nothing else may.
      let isRefusal = message.responseCode != .noError && message.answers.isEmpty
      self =
        isRefusal ? .answer(message) : .wrong(.otherQuestion("it does not say to which question"))
      return
    }
    guard message.questions.count == 1, echoed == question else {
      self = .wrong(
        .otherQuestion(
          "\(echoed.name) type \(echoed.type.rawValue) class \(echoed.recordClass.rawValue)"))
      return
    }
    self = keptCase ? .answer(message) : .caseChanged
  }
}
