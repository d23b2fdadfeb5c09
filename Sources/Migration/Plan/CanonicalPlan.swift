import DNSModel
import Digests
import Notation

/// The plan in its own notation with every default written out: what the digest is made of, and what
/// reads back as the same plan.
extension Plan {
  /// SHA-256 of the canonical form: comments and layout may change, meaning may not.
  public var digest: String {
    HashFunction.sha256.hash(Array(canonical.compact.utf8)).hex
  }

  public var canonical: JSON {
    .record([
      ("cutover", .integer(Self.notationVersion)), ("title", .string(title)),
      ("hostname", .string(hostname.host)), ("zone", zone.canonical),
      ("from", ["cname": .string(from.target.host), "ttl": .integer(Int(from.ttl.seconds))]),
      ("to", ["cname": .string(to.host)]), ("ttl", ttl.canonical), ("timing", timing.canonical),
      ("certificate", certificate.canonical), ("router", router.canonical),
      ("old-endpoint", oldEndpoint.canonical), ("rollback", rollback.canonical),
      ("resolvers", resolvers.canonical),
      ("parity", canonicalParity), ("soak", soak.canonical),
      (
        "approvals",
        .object(JSONObject(approvals.map { ($0.gate.planKey, $0.canonical) }))
      ), ("change-window", changeWindow?.canonical),
      ("notify", notifications.isEmpty ? nil : .array(notifications.map(\.canonical))),
      ("environment", environment.canonical),
    ])
  }
}

extension Plan {
  /// Left out where nothing was said: plans that were pinned before there were paths stay as they are.
  private var canonicalParity: JSON? {
    guard !parityExceptions.isEmpty || !parityPaths.isEmpty else { return nil }
    return .record([
      ("paths", parityPaths.isEmpty ? nil : .strings(parityPaths)),
      (
        "exceptions",
        parityExceptions.isEmpty && !parityPaths.isEmpty
          ? nil
          : .array(
            parityExceptions.map {
              ["difference": .string($0.difference), "reason": .string($0.reason)]
            })
      ),
    ])
  }
}

extension Gate {
  /// As plans write it.
  public var planKey: String {
    switch self {
    case .cutOver: "cut-over"
    case .lockOrigin: "lock-origin"
    case .pointOfNoReturn: "point-of-no-return"
    case .restoreTTL: "restore-ttl"
    }
  }
}

/// Whole seconds; plans know nothing finer.
private func seconds(_ span: TimeSpan) -> JSON { .integer(span.milliseconds / 1000) }
private func moment(_ instant: UTCInstant?) -> JSON? { instant.map { .string($0.description) } }
private func seconds(_ ttl: TTL) -> JSON { .integer(Int(ttl.seconds)) }

extension ZonePlan {
  fileprivate var canonical: JSON {
    .record([
      ("origin", .string(origin.host)), ("provider", provider.canonical),
      (
        "authoritatives",
        authoritatives.isEmpty
          ? nil
          : .array(
            authoritatives.map {
              ["name": .string($0.name.host), "address": .string($0.address.description)]
            })
      ), ("wildcard-only", .bool(isWildcardOnly)), ("caa", caaIssuers.map { .strings($0) }),
    ])
  }
}

extension ProviderPlan {
  fileprivate var canonical: JSON {
    var members: [(String, JSON?)] = [("kind", .string(kind.name))]
    switch kind {
    case .dynamicUpdate(let server, let key):
      members += [
        ("server", .string(server.description)), ("key", key.map { .string($0.text) }),
      ]
    case .zoneFile(let path, let reload):
      members += [
        ("path", .string(path)), ("reload", reload.isEmpty ? nil : .strings(reload)),
      ]
    case .manual(let instructions):
      members.append(("instructions", instructions.isEmpty ? nil : .string(instructions)))
    case .program(let command, let secrets):
      members += [
        ("command", .strings(command)),
        ("secrets", secrets.isEmpty ? nil : .strings(secrets.map(\.text))),
      ]
    }
    members += [
      ("fence", .bool(hasFence)), ("minimum-ttl", minimumTTL.map { seconds($0) }),
      ("longest-write", seconds(longestWrite)),
    ]
    return .record(members)
  }
}

extension TTLPlan {
  fileprivate var canonical: JSON {
    let way: (String, JSON) =
      switch strategy {
      case .direct(let ttl): ("direct", seconds(ttl))
      case .stages(let ttls): ("stages", .array(ttls.map { seconds($0) }))
      case .ladder(let stages, let floor):
        ("ladder", ["stages": .integer(stages), "floor": seconds(floor)])
      }
    return .record([
      way, ("final", seconds(final)), ("raise", .string(raise.rawValue)),
      ("wait", wait.map { seconds($0) }),
    ])
  }
}

extension TimingPlan {
  fileprivate var canonical: JSON {
    .record([
      ("lag", seconds(lag)), ("margin", seconds(margin)), ("clean-rounds", .integer(cleanRounds)),
      ("propagation", seconds(propagation)), ("freshness", seconds(freshness)),
      ("cutover-at", moment(cutOverAt)),
    ])
  }
}

extension CertificatePlan {
  fileprivate var canonical: JSON {
    var members: [(String, JSON?)] = [("issuer", .string(issuer.name))]
    switch issuer {
    case .router: break
    case .acme(let acme):
      members += [
        ("directory", .string(acme.directory)), ("challenge", .string(acme.challenge.rawValue)),
        ("account-key", .string(acme.accountKey.text)), ("contact", .strings(acme.contact)),
        ("old-endpoint-forwards-challenges", .bool(acme.oldEndpointForwardsChallenges)),
        ("staging", acme.staging.map { .string($0) }),
        ("profile", acme.profile.map { .string($0) }),
        ("preferred-chain", acme.preferredChain.map { .string($0) }),
        (
          "external-account",
          acme.external.map { ["id": .string($0.id), "key": .string($0.key.text)] }
        ),
        ("request", acme.request.map { .string($0) }),
      ]
    case .files(let chain, let key):
      members += [("chain", .string(chain)), ("key", .string(key.text))]
    case .localAuthority(let certificate, let key):
      members += [("certificate", .string(certificate)), ("key", .string(key.text))]
    }
    members += [
      ("authority", authority.map { .string($0) }), ("renewal", .string(renewal)),
      ("issuance-time", seconds(issuanceTime)),
      ("life", life.map { seconds($0) }), ("ends", moment(ends)),
      ("seal", seal.map { .string($0.text) }),
    ]
    return .record(members)
  }
}

extension RouterPlan {
  fileprivate var canonical: JSON {
    var members: [(String, JSON?)] = [("kind", .string(kind.name))]
    switch kind {
    case .manual(let instructions):
      members.append(("instructions", instructions.isEmpty ? nil : .string(instructions)))
    case .haproxy(let proxy):
      members += [
        ("socket", .string(proxy.socket)), ("backend", .string(proxy.backend)),
        ("certificate-list", .string(proxy.certificateList)),
      ]
    case .azureFrontDoor(let door):
      members += [
        ("subscription", .string(door.subscription)),
        ("resource-group", .string(door.resourceGroup)), ("profile", .string(door.profile)),
        ("endpoint", .string(door.endpoint)),
        ("credential", door.credential.map { .string($0.text) }),
        ("validation-token", door.validationToken.map { .string($0) }),
        ("token-issued-at", moment(door.tokenIssuedAt)),
      ]
    }
    members += [
      ("addresses", addresses.isEmpty ? nil : .strings(addresses.map(\.description))),
      ("regions", .array(regions.map(\.canonical))), ("region-loss", .string(regionLoss.rawValue)),
      (
        "choices",
        choices.isEmpty
          ? nil
          : .array(
            choices.map {
              .record([
                ("subject", .string($0.subject)), ("choice", .string($0.choice)),
                ("reason", .string($0.reason)),
                ("objective", $0.objective.map { .string($0.percent) }),
              ])
            })
      ), ("objective", objective.map { .string($0.percent) }),
    ]
    return .record(members)
  }
}

extension RegionPlan {
  fileprivate var canonical: JSON {
    .record([
      ("name", .string(name)), ("origin", .string(origin.description)),
      ("health-path", .string(healthPath)), ("share", .integer(share)),
      ("capacity", capacity.map { .integer($0) }),
      ("zones", zones.isEmpty ? nil : .strings(zones)),
      ("objective", objective.map { .string($0.percent) }),
    ])
  }
}

extension OldEndpointPlan {
  fileprivate var canonical: JSON {
    .record([
      ("addresses", addresses.isEmpty ? nil : .strings(addresses.map(\.description))),
      (
        "certificate",
        .record([
          ("ends", moment(certificate.ends)), ("renewal", .string(certificate.renewal.rawValue)),
          ("replacement", certificate.replacement.map { .string($0) }),
        ])
      ), ("end-of-life", moment(endOfLife)), ("binding-ends", moment(bindingEnds)),
      ("becomes-origin", .bool(becomesOrigin)), ("lock", lock.canonical),
      ("retires", .bool(retires)), ("traffic", traffic.canonical),
      ("minimum-tail", seconds(minimumTail)),
    ])
  }
}

extension LockPlan {
  fileprivate var canonical: JSON {
    var members: [(String, JSON?)] = []
    switch means {
    case .none: members.append(("kind", "none"))
    case .manual(let instructions):
      members += [("kind", "manual"), ("instructions", .string(instructions))]
    case .program(let lock, let unlock):
      members += [("kind", "exec"), ("lock", .strings(lock)), ("unlock", .strings(unlock))]
    }
    members += [("reversible", .bool(isReversible)), ("unlock-time", seconds(unlockTime))]
    return .record(members)
  }
}

extension TrafficSource {
  fileprivate var canonical: JSON {
    switch self {
    case .attested: ["attested": true]
    case .program(let command, let below): ["exec": .strings(command), "below": .integer(below)]
    case .query(let url, let below): ["query": .string(url), "below": .integer(below)]
    }
  }
}

extension RollbackPlan {
  fileprivate var canonical: JSON {
    .record([
      ("window", seconds(window)), ("minimum-stay", seconds(minimumStay)),
      ("budget", budget.map { seconds($0) }),
    ])
  }
}

extension ResolverPanelPlan {
  fileprivate var canonical: JSON {
    .record([
      ("required", Self.list(required)),
      ("tolerated", tolerated.isEmpty ? nil : Self.list(tolerated)),
    ])
  }

  private static func list(_ resolvers: [ResolverPlan]) -> JSON {
    .array(
      resolvers.map {
        ["name": .string($0.name), "address": .string($0.endpoint.description)]
      })
  }
}

extension SoakPlan {
  fileprivate var canonical: JSON {
    [
      "after-cutover": seconds(afterCutover), "after-lock": seconds(afterLock),
      "gates": .array(gates.map(\.canonical)),
    ]
  }
}

extension SoakGate {
  fileprivate var canonical: JSON {
    var members: [(String, JSON?)] = [("name", .string(name))]
    switch source {
    case .probes(let path):
      members += [
        ("probes", .string(path)),
        ("success", .decimal(Self.thousandths(Int64(successPerMille) * 100))),
        ("latency", .integer(latencyPercent)),
      ]
    case .program(let command): members.append(("exec", .strings(command)))
    case .query(let url, let threshold):
      members += [
        ("query", .string(url)),
        (threshold.isUpper ? "below" : "above", .decimal(Self.thousandths(threshold.perMille))),
      ]
    }
    members += [
      ("on-failure", .string(onFailure.rawValue)),
      ("on-inconclusive", .string(onInconclusive.rawValue)),
    ]
    return .record(members)
  }

  /// `99.9` from 99900: exact, without zeros at the end.
  public static func thousandths(_ value: Int64) -> String {
    let (whole, rest) = value.magnitude.quotientAndRemainder(dividingBy: 1000)
    var digits = String(rest + 1000).dropFirst()
    while digits.hasSuffix("0") { digits = digits.dropLast() }
    return (value < 0 ? "-" : "") + String(whole) + (digits.isEmpty ? "" : "." + digits)
  }
}

extension ApprovalPlan {
  fileprivate var canonical: JSON {
    .record([
      ("count", .integer(count)), ("by", approvers.isEmpty ? nil : .strings(approvers)),
      ("valid", seconds(validity)),
    ])
  }
}

extension ChangeWindowPlan {
  public static let dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

  fileprivate var canonical: JSON {
    var (weekly, dated): ([JSON], [JSON]) = ([], [])
    for rule in rules {
      switch rule {
      case .weekly(let days, let opens, let closes):
        weekly.append([
          "days": .strings(days.map { Self.dayNames[$0] }), "from": .string(Self.clock(opens)),
          "to": .string(Self.clock(closes)),
        ])
      case .dated(let opens, let closes):
        dated.append(["from": .string(opens.description), "to": .string(closes.description)])
      }
    }
    return .record([
      ("time-zone", .string(timeZone)), ("weekly", weekly.isEmpty ? nil : .array(weekly)),
      ("dates", dated.isEmpty ? nil : .array(dated)), ("missed", .string(missed.rawValue)),
    ])
  }

  /// `22:00` from minutes after midnight.
  public static func clock(_ minutes: Int) -> String {
    let tail = String(100 + minutes % 60).dropFirst()
    return String(100 + minutes / 60).dropFirst() + ":" + tail
  }
}

extension NotificationHook {
  fileprivate var canonical: JSON {
    var members: [(String, JSON?)] = []
    switch target {
    case .webhook(let url, let secret):
      members += [("webhook", .string(url)), ("secret", secret.map { .string($0.text) })]
    case .program(let command): members.append(("exec", .strings(command)))
    }
    members.append(("on", .strings(occasions.map(\.rawValue))))
    return .record(members)
  }
}

extension PlanEnvironment {
  fileprivate var canonical: JSON {
    .record([
      ("root", root.map { .string($0.description) }),
      ("authority-port", .integer(Int(authorityPort))),
      ("trust", trust.map { .string($0) }),
    ])
  }
}
