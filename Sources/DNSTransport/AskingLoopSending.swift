import DNSModel
import Glibc
import Notation
import SystemIO

extension AskingLoop {
  /// Sends a question, for the first time or again: each time with a new id, port and spelling.
  func transmit(_ index: Int32) {
    guard let slot = slots[Int(index)] else { return }
    lastStamp += 1
    noteSent()
    slot.stamp = lastStamp
    slot.attempt += 1
    if slot.usesStream {
      sendOverStream(slot, index)
    } else {
      sendDatagram(slot, index)
    }
  }

  /// The message as it leaves with `id`, signed where the request has a key.
  private func compose(
    _ slot: OpenQuestion, key: UInt32, at now: UInt64
  ) -> (sending: OpenQuestion.Sending, wire: [UInt8]) {
    let letters = slot.request.mixesCase ? random.next64() : 0
    let bytes = slot.request.bytes(
      id: UInt16(truncatingIfNeeded: key), letters: letters, plain: slot.isPlain)
    var sending = OpenQuestion.Sending(key: key, bytes: bytes, at: now)
    guard let secret = slot.request.key else { return (sending, bytes) }
    var conversation = TSIGConversation(key: secret)
    let wire = conversation.sign(bytes, now: UInt64(clamping: SystemClock.wall().seconds))
    sending.conversation = conversation
    return (sending, wire)
  }

  // MARK: Datagrams

  private func sendDatagram(_ slot: OpenQuestion, _ index: Int32) {
    let request = slot.request
    let ports: Range<Int>
    do throws(SystemError) {
      ports = try datagrams.range(for: request.server) { (number, socket) throws(SystemError) in
        try events.add(socket.descriptor, .readable) { [unowned self] interest in
          if interest.contains(.readable) { self.receiveDatagrams(number) }
          if !interest.isDisjoint(with: .broken) { self.receiveErrors(number) }
        }
      }
    } catch {
      fail(index, .unreachable(error.description))
      return
    }
    var key: UInt32
    repeat {
      let port = ports.lowerBound + Int(random.next16()) % ports.count
      key = UInt32(port) << 16 | UInt32(random.next16())
    } while byKey[key] != nil
    let now = SystemClock.nanoseconds()
    let (sending, wire) = compose(slot, key: key, at: now)
    byKey[key] = index
    if let before = slot.latest { slot.earlier.append(before) }
    slot.latest = sending
    let socket = datagrams.sockets[Int(key >> 16)]
    var code = socket.send(wire, to: request.server)
    // An error about an earlier datagram may be told here: it is not this one's.
    if code == ECONNREFUSED || code == EHOSTUNREACH {
      receiveErrors(Int(key >> 16))
      code = socket.send(wire, to: request.server)
    }
    guard code == 0 || code == EAGAIN || code == ENOBUFS else {
      fail(index, .unreachable(SystemError("UDP", code).description))
      return
    }
    slot.mayHaveArrived = true
    let doubling = min(slot.attempt - 1, 10)
    wait(
      for: index, now: now, patience: Self.nanoseconds(request.patience * (1 << doubling)))
  }

  private func receiveDatagrams(_ number: Int) {
    guard let batch = datagrams.batch else { return }
    let socket = datagrams.sockets[number]
    // Bounded, so that one flood does not keep the timers waiting.
    for _ in 0..<16 {
      let count = batch.receive(from: socket)
      for place in 0..<count {
        let datagram = batch[place].request
        guard datagram.count >= MessageHeader.byteCount else { continue }
        let key =
          UInt32(number) << 16 | UInt32(datagram[0]) << 8 | UInt32(datagram[1])
        guard let peer = batch.peer(place) else { continue }
        guard let index = byKey[key], let slot = slots[Int(index)],
          let sending = slot.sending(key)
        else {
          noteStray(Array(datagram), from: peer)
          continue
        }
        guard peer == slot.request.server else {
          slot.trouble = .answeredBySomeoneElse(peer.description)
          continue
        }
        receive(Array(datagram), isCut: batch[place].isCut, to: sending, of: slot, index)
      }
      if count < batch.capacity { return }
    }
  }

  /// An answer whose id nobody waits for. Where its question is open at that server, that is what became of
  /// it, if nothing better comes.
  private func noteStray(_ bytes: [UInt8], from peer: SocketAddress) {
    guard live <= 4096, let question = try? Message(parsing: bytes).questions.first else { return }
    for slot in slots {
      guard let slot, slot.trouble == nil, slot.request.server == peer,
        slot.request.question == question
      else { continue }
      slot.trouble = .otherQuestion("its id is another")
    }
  }

  private func receive(
    _ bytes: [UInt8], isCut: Bool, to sending: OpenQuestion.Sending, of slot: OpenQuestion,
    _ index: Int32
  ) {
    let reply: [UInt8]
    switch Self.verified(bytes, sending.conversation) {
    case .success(let stripped): reply = stripped
    case .failure(let failure):
      finish(
        index, .failure(DNSFailure(reason: .signature(failure), mayHaveArrived: true)))
      return
    }
    let truncated = isCut || reply[2] & 0x02 != 0
    switch ReplyCheck(
      reply, to: sending.bytes, question: slot.request.question, opcode: slot.request.opcode)
    {
    case _ where truncated:
      slot.wasTruncated = true
      changeToStream(slot, index)
    case .caseChanged:
      slot.trouble = .otherQuestion("it does not spell the name as it was asked")
      changeToStream(slot, index)
    case .wrong(.otherQuestion(let why)):
      // Perhaps a late answer to someone else's question: the right one may still come.
      slot.trouble = .otherQuestion(why)
    case .wrong(let reason): retry(index, after: reason)
    case .answer(let message): accept(message, to: sending, of: slot, index)
    }
  }

  private func receiveErrors(_ number: Int) {
    let socket = datagrams.sockets[number]
    while let error = socket.receiveError() {
      guard error.bytes.count >= 2 else { continue }
      let id = UInt32(error.bytes[0]) << 8 | UInt32(error.bytes[1])
      guard let index = byKey[UInt32(number) << 16 | id],
        slots[Int(index)]?.request.server == error.peer
      else { continue }
      fail(index, .unreachable(error.description))
    }
  }

  // MARK: Streams

  private func changeToStream(_ slot: OpenQuestion, _ index: Int32) {
    slot.usesStream = true
    forgetDatagrams(of: slot)
    lanes[slot.lane].answered(about: slot.request.question.name)
    transmit(index)
  }

  private func sendOverStream(_ slot: OpenQuestion, _ index: Int32) {
    let stamp = slot.stamp
    let now = SystemClock.nanoseconds()
    let (sending, wire) = compose(slot, key: UInt32(random.next16()), at: now)
    do throws(SystemError) {
      let stream = try StreamQuestion(events, to: slot.request.server, sending: wire) {
        [unowned self] outcome in
        guard let slot = self.slots[Int(index)], slot.stamp == stamp else { return }
        self.receive(outcome, to: sending, of: slot, index)
      }
      slot.stream = stream
      slot.mayHaveArrived = true
      // A machine that no datagram was heard from is not waited for as long again.
      let turns = lanes[slot.lane].isSilent ? 1 : 4
      wait(for: index, now: now, patience: Self.nanoseconds(slot.request.patience * turns))
    } catch {
      fail(index, .unreachable(error.description))
    }
  }

  private func receive(
    _ outcome: StreamQuestion.Outcome, to sending: OpenQuestion.Sending, of slot: OpenQuestion,
    _ index: Int32
  ) {
    switch outcome {
    case .failed(let failure, let mayHaveArrived):
      var reason = failure
      // What was wrong with the datagram says more than that a stream did not mend it.
      if case .otherQuestion(let why) = slot.trouble {
        reason = .otherQuestion("\(why), and TCP does not help: \(failure)")
      }
      finish(index, .failure(DNSFailure(reason: reason, mayHaveArrived: mayHaveArrived)))
    case .reply(let bytes):
      let failure = { (reason: DNSFailure.Reason) in
        self.finish(index, .failure(DNSFailure(reason: reason, mayHaveArrived: true)))
      }
      guard bytes.count >= MessageHeader.byteCount, bytes[0] == sending.bytes[0],
        bytes[1] == sending.bytes[1]
      else { return failure(.otherQuestion("its id is another")) }
      switch Self.verified(bytes, sending.conversation) {
      case .failure(let reason): failure(.signature(reason))
      case .success(let reply):
        switch ReplyCheck(
          reply, to: sending.bytes, question: slot.request.question, opcode: slot.request.opcode)
        {
        case .wrong(let reason): failure(reason)
        case .answer(let message): accept(message, to: sending, of: slot, index)
        case .caseChanged:
          // Nobody forges a connection this way: the server folds names, and may.
          guard let message = try? Message(parsing: reply) else { return failure(.closed) }
          accept(message, to: sending, of: slot, index)
        }
      }
    }
  }

  // MARK: Answers

  private static func verified(
    _ bytes: [UInt8], _ conversation: TSIGConversation?
  ) -> Result<[UInt8], TSIGFailure> {
    guard var conversation else { return .success(bytes) }
    do throws(TSIGFailure) {
      return .success(
        try conversation.verify(bytes, now: UInt64(clamping: SystemClock.wall().seconds)))
    } catch {
      return .failure(error)
    }
  }

  private func accept(
    _ message: Message, to sending: OpenQuestion.Sending, of slot: OpenQuestion, _ index: Int32
  ) {
    lanes[slot.lane].answered(about: slot.request.question.name)
    let refusesEDNS =
      message.edns == nil
      && (message.responseCode == .formatError || message.responseCode == .notImplemented)
    if refusesEDNS, !slot.isPlain, slot.request.hasEDNS {
      slot.isPlain = true
      slot.attempt -= 1
      forgetDatagrams(of: slot)
      transmit(index)
      return
    }
    let elapsed = SystemClock.nanoseconds() &- sending.at
    finish(
      index,
      .success(
        DNSAnswer(
          message: message, cameOverStream: slot.usesStream, wasTruncated: slot.wasTruncated,
          withoutEDNS: slot.isPlain, roundTrip: .milliseconds(elapsed / 1_000_000),
          attempts: slot.attempt)))
  }
}
