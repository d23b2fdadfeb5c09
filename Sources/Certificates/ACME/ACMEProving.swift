import Engine
import Notation

/// Proving control of the names of an order: prepare, publish, wait until every authority shows it, and
/// only then tell the CA to look. A validation that fails counts at the CA; a wait does not.
extension ACMEIssuance {
  func prove(_ order: ACMEOrder, now: UTCInstant) throws -> IssuanceProgress {
    for url in order.authorizations
    where !record.challenges.contains(where: { $0.authorization == url }) {
      return try prepare(url, now: now)
    }
    for index in record.challenges.indices where record.challenges[index].stage == .intended {
      try publish(record.challenges[index].proof)
      record.challenges[index].stage = .published
      try journal.save(record)
      return .moved("the proof for \(record.challenges[index].proof.domain) was published")
    }
    for index in record.challenges.indices where record.challenges[index].stage == .published {
      return try look(at: record.challenges[index].proof, now) ?? answer(index, now)
    }
    return try awaitValidation(order, now: now)
  }

  private func publish(_ proof: ChallengeProof) throws {
    // Whether it took hold may be unknown: it counts as published until it was taken away.
    let what = "the CA was not asked to look, the proof for \(safeText(proof.domain)) could not be "
    do {
      try publisher.publish(proof)
    } catch let refusal as ChallengeRefusal {
      throw IssuanceFailure.needsAPerson("\(what)published: \(refusal)")
    } catch {
      throw IssuanceFailure.tryAgain(.seconds(5), "\(what)published: \(error)")
    }
  }

  /// Nil when the proof is seen everywhere.
  private func look(at proof: ChallengeProof, _ now: UTCInstant) throws -> IssuanceProgress? {
    switch publisher.visibility(of: proof) {
    case .everywhere: return nil
    case .notYet(let who):
      return .wait(pause(now), "the proof for \(proof.domain) is not yet served by \(who)")
    case .unknown(let why):
      return .wait(
        pause(now), "whether the proof for \(proof.domain) is served cannot be known: \(why)")
    case .impossible(let why):
      try withdraw()
      throw IssuanceFailure.needsAPerson(
        "the CA was not asked to look, it could not have seen the proof: \(why)")
    }
  }

  private func prepare(_ url: String, now: UTCInstant) throws -> IssuanceProgress {
    let (authorization, _) = try client.authorization(url)
    let domain = authorization.identifier.value
    if authorization.status == .valid {
      // Proven earlier and still good: nothing to publish.
      let proof = ChallengeProof(kind: kind, domain: domain, token: "", value: "")
      record.challenges.append(PreparedChallenge(authorization: url, proof: proof, stage: .removed))
      try journal.save(record)
      return .moved("\(safeText(domain)) is still authorized")
    }
    if authorization.status == .expired || authorization.expires.map({ $0 <= now }) == true {
      try giveUp()
      throw IssuanceFailure.expired("the authorization for \(safeText(domain)) ran out")
    }
    guard record.identifiers.contains(where: { $0.withoutWildcard == domain.lowercased() }) else {
      try giveUp()
      throw IssuanceFailure.needsAPerson(
        "the CA wants control of \(safeText(domain)) proven, which nobody asked a certificate for")
    }
    guard authorization.status == .pending,
      let challenge = authorization.challenges.first(where: { $0.type == kind.rawValue }),
      !challenge.token.isEmpty
    else {
      let offered = authorization.challenges.map(\.type).joined(separator: ", ")
      let reason = authorization.challenges.compactMap(\.error).map { "; \($0)" }.joined()
      try giveUp()
      throw IssuanceFailure.needsAPerson(
        "the CA offers no \(kind.rawValue) for \(safeText(domain)) (it is "
          + "\(authorization.status.rawValue); offered: \(safeText(offered))\(reason))")
    }
    let value =
      kind == .dns
      ? challenge.dnsValue(thumbprint: thumbprint)
      : challenge.keyAuthorization(thumbprint: thumbprint)
    let proof = ChallengeProof(kind: kind, domain: domain, token: challenge.token, value: value)
    record.challenges.append(PreparedChallenge(authorization: url, proof: proof))
    challengeURLs[url] = challenge.status == .pending ? challenge.url : ""
    try journal.save(record)
    return .moved("the proof for \(safeText(domain)) is prepared")
  }

  private func answer(_ index: Int, _ now: UTCInstant) throws -> IssuanceProgress {
    let prepared = record.challenges[index]
    // After a restart the CA's view counts: it may have been told already.
    if challengeURLs[prepared.authorization] == nil {
      let (authorization, _) = try client.authorization(prepared.authorization)
      let challenge = authorization.challenges.first { $0.token == prepared.proof.token }
      if authorization.status == .pending, let challenge, challenge.status == .pending {
        challengeURLs[prepared.authorization] = challenge.url
      }
    }
    var wait: RetryAfter?
    if let url = challengeURLs[prepared.authorization], !url.isEmpty {
      wait = try client.respond(to: url).1
    }
    record.challenges[index].stage = .answered
    try journal.save(record)
    polls = 0
    retryAfter = wait
    order = nil
    guard record.challenges.contains(where: { $0.stage == .published }) else {
      // The CA needs a moment; asking at once would be a request for nothing.
      return .wait(pause(now), "the CA was told to look at \(prepared.proof.domain)")
    }
    return .moved("the CA was told to look at \(prepared.proof.domain)")
  }

  /// All were answered: the order tells the end of all of them in one request. A CA that leaves it
  /// pending although a proof failed is found out by its authorizations, now and then.
  private func awaitValidation(_ order: ACMEOrder, now: UTCInstant) throws -> IssuanceProgress {
    self.order = nil
    if polls % 4 == 3 {
      for url in order.authorizations {
        let (authorization, _) = try client.authorization(url)
        switch authorization.status {
        case .pending, .valid: continue
        case .invalid, .deactivated, .expired, .revoked: throw try abandoned(order, now: now)
        }
      }
    }
    return .wait(pause(now), "the CA is looking at the proofs")
  }
}
