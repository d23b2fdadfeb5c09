import DNSModel
import Migration
import Notation

extension Verdict {
  /// Judges a caching resolver by what could be in any cache.
  ///
  /// `authoritiesAgree`: all authorities were seen to give the expected value. While they do not, a
  /// resolver may fetch a former value anew, lawfully.
  public static func judging(
    _ observation: DNSObservation, by expectation: Expectation, profile: ResolverProfile? = nil,
    authoritiesAgree: Bool
  ) -> Verdict {
    if let verdict = withoutEvidence(observation) { return verdict }
    guard let reply = observation.reply else { return Verdict(.unreachable, "no answer") }
    if case .referral(let zone) = reply.meaning {
      return Verdict(.refused, "it does not look names up for us: it refers to \(zone)")
    }
    let remaining = reply.remaining ?? .zero
    let end = observation.at + remaining.span
    if reply.isDenial {
      let what = reply.meaning == .noSuchName ? "NXDOMAIN" : "no data"
      if reply.saysStale {
        return Verdict(
          .staleBeyondBudget, over: nil, "\(what), and it says itself that this is stale")
      }
      let told =
        reply.meaning == .noSuchName
        ? "\(what): someone asked it before the record was there"
        : "\(what): someone asked it before the \(expectation.type) was there, or the name has other "
          + "records in its view"
      // Without an SOA the denial says nothing about how long it is kept (RFC 2308 §5).
      guard reply.negativeTTL != nil else {
        return Verdict(.negativeCached, "\(told); for how long it keeps that, it does not say")
      }
      return Verdict(.negativeCached, until: end, "\(told); it forgets in \(remaining.span)")
    }
    let shown = shortText(reply.data)
    switch expectation.match(reply.data) {
    case .expected: return Verdict(.converged, "\(shown), \(remaining.span) left")
    case .former(let former):
      return stale(
        former, shown: shown, reply, remaining, observation.at, expectation, profile,
        authoritiesAgree)
    case .foreign:
      let wanted = shortText(expectation.expected)
      let hint =
        expectation.former.isEmpty
        ? "; if that is the former value, say --old: it would leave this cache by "
          + CivilDateTime.moment(end, seenAt: observation.at)
        : " and not a known former value"
      return Verdict(.wrongValue, "\(shown) instead of \(wanted)\(hint)")
    }
  }

  private static func stale(
    _ former: Expectation.Former, shown: String, _ reply: DNSReply, _ remaining: TTL,
    _ at: UTCInstant, _ expectation: Expectation, _ profile: ResolverProfile?,
    _ authoritiesAgree: Bool
  ) -> Verdict {
    let end = at + remaining.span
    if reply.saysStale {
      let budget = former.end(at: at, margin: expectation.margin)
      return Verdict(
        .staleBeyondBudget, over: budget.map { max(.zero, at - $0) },
        "serve-stale: \(shown), and it says itself that this has expired; "
          + (authoritiesAgree
            ? "the authorities answer us, so it cannot reach them from where it is, or it answers first "
              + "and asks them afterwards"
            : "from where it is, the authoritative servers do not answer"))
    }
    guard let budget = former.end(at: at, margin: expectation.margin), let ttl = former.ttl else {
      return Verdict(
        .staleWithinBudget, until: end,
        "\(shown), \(remaining.span) left by its own count; the TTL it was published with is not "
          + "known, so this is not held against it (--old-ttl)")
    }
    let floor = profile?.floor ?? .zero
    if remaining > max(ttl, floor) {
      return Verdict(
        .staleBeyondBudget, over: max(.zero, end - budget),
        "TTL violator: \(shown) with \(remaining.span) left, and no more than \(ttl.span) was ever "
          + "published\(habit(profile))")
    }
    guard authoritiesAgree else {
      return Verdict(
        .staleWithinBudget, until: end,
        "\(shown), \(remaining.span) left; not every authority gives the new value yet, so it may "
          + "fetch this again")
    }
    if end <= budget || (profile != nil && remaining <= floor && at <= budget) {
      return Verdict(
        .staleWithinBudget, until: end,
        "\(shown), \(remaining.span) left; what was published may be kept until "
          + "\(CivilDateTime.moment(budget, seenAt: at))\(cap(profile, ttl))")
    }
    let over = max(.zero, (at > budget ? at : end) - budget)
    if at > budget, remaining.seconds <= 30 {
      return Verdict(
        .staleBeyondBudget, over: over,
        "looks like serve-stale (RFC 8767): \(shown) should be gone since "
          + "\(CivilDateTime.moment(budget, seenAt: at)), and \(remaining.seconds) s left is what a stale answer "
          + "is given with\(habit(profile))")
    }
    return Verdict(
      .staleBeyondBudget, over: over,
      "TTL violator: \(shown), \(remaining.span) left, would stay beyond "
        + "\(CivilDateTime.moment(budget, seenAt: at)), the last moment it may be kept; it extends TTLs, or asks "
        + "a server that still has the former value\(habit(profile))")
  }

  /// Why it lets go sooner than was published.
  private static func cap(_ profile: ResolverProfile?, _ ttl: TTL) -> String {
    guard let profile, let cap = profile.cap, cap < ttl else { return "" }
    return "; \(profile.label) keeps nothing longer than \(cap.span)"
  }

  private static func habit(_ profile: ResolverProfile?) -> String {
    guard let profile, let stale = profile.staleHabit else { return "" }
    return "; known of \(profile.label): \(stale)"
  }
}
