import DNSModel

extension FuzzTarget {
  /// What was read and is written again reads the same, and is written the same from then on.
  static let messages = FuzzTarget(
    name: "messages", seeds: { SmallZone.messages },
    run: { bytes in
      guard let message = try? Message(parsing: bytes) else { return }
      let encoded = message.encoded()
      hold(encoded.count <= 65535, "longer than a message may be")
      guard let again = try? Message(parsing: encoded) else {
        broken("what was written cannot be read")
      }
      // Pointers can make a short message a long one, which then does not fit.
      if encoded.count < 60000 { hold(again == message, "what was written differs") }
      hold(again.encoded() == encoded, "what is written is not stable")
      let small = message.encoded(limit: 512)
      hold((try? Message(parsing: small)) != nil, "the short form cannot be read")
    })

  /// A message that was signed verifies and is the same again; bytes of any kind are judged.
  static let signatures = FuzzTarget(
    name: "signatures",
    seeds: { SmallZone.messages.map { SmallZone.key.signing($0) } + SmallZone.messages },
    run: { bytes in
      let keys = TSIGKeyring([SmallZone.key])
      _ = TSIGRequest(verifying: bytes, keys: keys, now: SmallZone.now)
      var conversation = TSIGConversation(key: SmallZone.key)
      _ = conversation.sign(SmallZone.messages[0], now: SmallZone.now)
      _ = try? conversation.verify(bytes, now: SmallZone.now)
      guard (try? Message(parsing: bytes)) != nil,
        case .unsigned = TSIGRequest(verifying: bytes, keys: keys, now: SmallZone.now).verdict
      else { return }
      let signed = TSIGRequest(
        verifying: SmallZone.key.signing(bytes), keys: keys, now: SmallZone.now)
      guard case .verified = signed.verdict else {
        broken("what was signed does not verify")
      }
      hold(signed.message == bytes, "the signature changed the message")
    })
}

extension TSIGKey {
  func signing(_ bytes: [UInt8]) -> [UInt8] {
    var conversation = TSIGConversation(key: self)
    return conversation.sign(bytes, now: SmallZone.now)
  }
}
