import Assessment
import DNSModel
import Migration
import Notation

extension Verification.Line {
  public var json: JSON {
    var reply: JSON?
    if let seen = observation.reply {
      reply = .record([
        ("code", .string(seen.code.description)), ("aa", .bool(seen.isAuthoritative)),
        ("tc", .bool(seen.isTruncated)), ("ra", .bool(seen.recursionAvailable)),
        ("ad", .bool(seen.authenticData)),
        (
          "chain",
          .array(
            seen.chain.map { alias in
              .record([
                ("owner", .string(alias.owner.description)),
                ("target", .string(alias.target.description)),
                ("ttl", .integer(Int64(alias.ttl.seconds))),
              ])
            })
        ),
        ("data", .strings(seen.data.map(\.shortText))),
        ("remaining", seen.remaining.map { .integer(Int64($0.seconds)) }),
        ("serial", seen.serial.map { .integer(Int64($0.number)) }),
        (
          "extendedErrors",
          seen.extendedErrors.isEmpty
            ? nil : .strings(seen.extendedErrors.map(\.description))
        ),
        (
          "nsid",
          seen.serverIdentifier.isEmpty
            ? nil : .string(safeText(String(decoding: seen.serverIdentifier, as: UTF8.self)))
        ),
      ])
    }
    return .record([
      ("server", .string(safeText(server.label))), ("address", .string(server.address)),
      ("channel", .string(server.channel.rawValue)), ("required", .bool(isRequired)),
      ("verdict", .string(verdict.kind.rawValue)),
      ("until", verdict.until.map { .string($0.description) }),
      ("overSeconds", verdict.over.map { .integer($0.secondsRoundedUp) }),
      ("explanation", .string(verdict.explanation)),
      ("roundTripMilliseconds", .integer(observation.roundTrip.milliseconds)),
      ("at", .string(observation.at.description)),
      ("silence", observation.silence.map { .string($0.kind) }), ("reply", reply),
    ])
  }

  public var text: String {
    let role = isRequired ? "" : " (tolerated)"
    return "\(safeText(server.description))\(role): \(verdict.headline(at: observation.at)): "
      + verdict.explanation
  }
}

extension Verdict.Standing {
  public var word: String {
    switch self {
    case .agrees: "agree"
    case .waits: "waiting"
    case .inconclusive: "inconclusive"
    case .wrong: "wrong"
    }
  }
}

extension Verification {
  public var json: JSON {
    .record([
      ("name", .string(expectation.name.description)),
      ("type", .string(expectation.type.description)),
      ("expected", .strings(expectation.expected.map(\.shortText))),
      ("at", .string(at.description)), ("zone", .string(delegation.zone.description)),
      ("result", .string(standing.word)),
      ("parentAndChildDiffer", .strings(delegationDifference)),
      ("troubles", .strings(delegation.troubles.map { safeText($0) })),
      ("authorities", .array(authorities.map(\.json))),
      ("resolvers", .array(resolvers.map(\.json))),
      (
        "forecast",
        .array(
          forecast.map { milestone in
            .record([
              ("at", .string(milestone.at.description)),
              ("converged", .integer(Int64(milestone.converged))),
              ("of", .integer(Int64(milestone.of))),
            ])
          })
      ),
    ])
  }

  /// Lines for people, without colour.
  public var lines: [String] {
    let wanted = expectation.expected.map(\.shortText).joined(separator: ", ")
    var lines = ["\(expectation.name) \(expectation.type) should be \(wanted)", "", "Authorities"]
    lines += delegation.troubles.map { "  ! \(safeText($0))" }
    lines += delegationDifference.map { "  ! parent and child differ: \($0)" }
    lines += authorities.map { "  \($0.text)" }
    if authorities.isEmpty { lines.append("  none could be found") }
    if !resolvers.isEmpty {
      lines += ["", "Resolvers"] + resolvers.map { "  \($0.text)" }
      lines += ["", "Forecast"] + forecastLines
    }
    return lines
  }

  public var forecastLines: [String] {
    let milestones = forecast
    let total = counted.count
    var lines = milestones.map { milestone in
      let when =
        milestone.at <= at
        ? "now" : "by \(milestone.at.description) (in \(milestone.at - at))"
      return "  \(milestone.converged) of \(milestone.of) converged \(when)"
    }
    let open = total - (milestones.last?.converged ?? 0)
    if open > 0 { lines.append("  \(open) of \(total): nobody can say when") }
    return lines
  }
}
