import DNSModel
import Migration
import Notation

extension Verdict {
  /// Judges an authority: only answers with the AA flag count, and both UDP and TCP are held to them.
  public static func judging(_ look: AuthorityLook, by expectation: Expectation) -> Verdict {
    let ways = [look.datagram, look.stream].map { judging($0, by: expectation) }
    let (datagram, stream) = (ways[0], ways[1])
    if datagram.kind == stream.kind { return datagram }
    // One way works: what it says counts, and the other is told.
    let isSilent = [datagram, stream].map { $0.kind.standing == .inconclusive }
    if isSilent[0] != isSilent[1] {
      var verdict = isSilent[0] ? stream : datagram
      let silent = isSilent[0] ? datagram : stream
      verdict.explanation +=
        "; over \(isSilent[0] ? "UDP" : "TCP") \(silent.headline): \(silent.explanation)"
      return verdict
    }
    var verdict = datagram.kind.standing >= stream.kind.standing ? datagram : stream
    verdict.explanation += "; UDP and TCP differ: \(datagram.headline), \(stream.headline)"
    return verdict
  }

  private static func judging(
    _ observation: DNSObservation, by expectation: Expectation
  ) -> Verdict {
    if observation.reply?.isEmptyWithoutAuthority == true {
      return Verdict(
        .lame, "it answers with nothing, and without authority: it was never told of the zone")
    }
    if let verdict = withoutEvidence(observation) { return verdict }
    guard let reply = observation.reply else { return Verdict(.unreachable, "no answer") }
    if case .referral(let zone) = reply.meaning {
      return Verdict(
        .lame, "it refers to \(zone) instead of answering: it does not have the zone")
    }
    guard reply.isAuthoritative else {
      return Verdict(
        .lame, "it answers without authority (no AA flag): from a cache, or not its zone")
    }
    if reply.isDenial {
      let ttl = reply.negativeTTL ?? .zero
      let what = reply.meaning == .noSuchName ? "the name (NXDOMAIN)" : "the type (no data)"
      return Verdict(
        .denied, "it denies \(what); resolvers that ask now keep that for \(ttl.span)")
    }
    if reply.records.isEmpty, let alias = reply.chain.last {
      return Verdict(
        .wrongValue,
        "it is an alias for \(alias.target), TTL \(alias.ttl) s, whose \(expectation.type) records "
          + "other servers give: expect that name, or ask for the addresses of \(alias.target)")
    }
    let shown = shortText(reply.data)
    let ttl = reply.remaining ?? .zero
    switch expectation.match(reply.data) {
    case .expected: return Verdict(.converged, "\(shown), TTL \(ttl) s")
    case .former:
      return Verdict(
        .notYet,
        "it still gives the former value \(shown), TTL \(ttl) s: resolvers may fetch it again")
    case .foreign:
      return Verdict(
        .wrongValue,
        "\(shown), TTL \(ttl) s: neither the expected \(shortText(expectation.expected)) "
          + "nor a known former value")
    }
  }
}
