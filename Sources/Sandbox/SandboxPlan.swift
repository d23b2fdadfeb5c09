import Notation

/// The plan of the move through the sandbox: the Contoso move with seconds for days. `Plans/sandbox.yaml`
/// shows it with example ports (a test holds the two together).
public enum SandboxPlan {
  /// `program`: the words that run `cutover`.
  public static func text(_ places: SandboxPlaces, program: String) -> String {
    [
      head, zone(places), timing, router(places), oldEndpoint(places, program),
      rest(places, program),
    ]
    .joined(separator: "\n")
  }

  private static let head = """
    # The Contoso move on loopback: `cutover sandbox up` writes this plan with the ports it found free.
    # What takes two days there takes twenty seconds here.
    cutover: 1
    title: "Sandbox: api.contososhoes.com to a global router"
    hostname: api.contososhoes.com

    """

  private static func zone(_ places: SandboxPlaces) -> String {
    """
    zone:
      origin: contososhoes.com
      provider:
        kind: dynamic-update
        server: \(places.authority(SandboxPlaces.primary))
        key: file:\(places.file("mover.key"))
        fence: yes
        longest-write: 2s
      authoritatives:
        - {name: ns1.contososhoes.com, address: "\(places.authority(SandboxPlaces.primary))"}
        - {name: ns2.contososhoes.com, address: "\(places.authority(SandboxPlaces.secondary))"}
      caa: [ca.contosoedge.net]

    from: {cname: apicontososhoes.azurewebsites.net, ttl: 20}
    to: {cname: api.contosoedge.net}

    """
  }

  private static let timing = """
    ttl:
      ladder: {stages: 2, floor: 2}
      final: 10

    timing: {lag: 3s, margin: 1s, clean-rounds: 2, propagation: 2s, freshness: 10s}

    """

  private static func router(_ places: SandboxPlaces) -> String {
    let regions = SandboxRegion.all.indices.filter { SandboxRegion.all[$0].isPlanned }.map {
      "    - {name: \(SandboxRegion.all[$0].name), origin: \"\(places.region($0))\", "
        + "health-path: /health, share: 50, capacity: 110, zones: [a, b], objective: 99.9}\n"
    }
    return """
      certificate:
        issuer: acme
        directory: \(places.directory)
        account-key: file:\(places.file("account.pem"))
        authority: ca.contosoedge.net
        renewal: by cutover certificate renew
        issuance-time: 5s

      router:
        kind: haproxy
        socket: \(places.file("haproxy.sock"))
        backend: \(RouterPeer.backend)
        certificate-list: \(places.file("certificates.txt"))
        objective: 99.99
        addresses: ["\(places.edge)"]
        regions:
      \(regions.joined())  region-loss: must-survive
        choices:
          - {subject: regions, choice: three on one machine, reason: a fourth would show nothing new}
          - {subject: shared-state, choice: none, reason: the sandbox keeps no orders}
          - {subject: singletons, choice: none, reason: any region may do anything}
          - {subject: skus, choice: one thread per region, reason: enough for a crowd of 24}
          - {subject: edge-cache, choice: none, reason: every answer is about orders}
          - {subject: rate-limit, choice: none, reason: the crowd is ours}
          - {subject: filter-rules, choice: HAProxy refuses scripts in a query, reason: no client of ours sends any}

      """
  }

  private static func oldEndpoint(_ places: SandboxPlaces, _ program: String) -> String {
    func words(_ verb: String) -> String {
      "[\"\(program)\", sandbox, do, \(verb), --folder, \"\(places.folder)\"]"
    }
    return """
      old-endpoint:
        addresses: ["\(places.old)"]
        certificate: {renewal: independent}
        lock:
          kind: exec
          lock: \(words("close-old"))
          unlock: \(words("open-old"))
          unlock-time: 2s
        traffic: {exec: \(words("direct-requests")), below: 0}
        minimum-tail: 4s

      rollback: {window: 5m, minimum-stay: 10s, budget: 1m}

      """
  }

  private static func rest(_ places: SandboxPlaces, _ program: String) -> String {
    func lines(_ names: Set<String>) -> String {
      SandboxResolver.all.indices.filter { names.contains(SandboxResolver.all[$0].name) }
        .map {
          "    - {name: \(SandboxResolver.all[$0].name), address: \"\(places.resolver($0))\"}\n"
        }
        .joined()
    }
    return """
      resolvers:
        required:
      \(lines(["honest", "capping", "serve-stale", "unbound"]))  tolerated:
      \(lines(["flooring", "over-holding"]))
      soak:
        after-cutover: 8s
        after-lock: 5s
        gates:
          - {name: probes, probes: /health, success: 95, latency: 10000, on-failure: hold}

      approvals:
        cut-over: {count: 1}
        lock-origin: {count: 1}
        restore-ttl: {count: 1}

      notify:
        - exec: ["\(program)", sandbox, do, note, "-", --folder, "\(places.folder)"]
          on: [held, rollback, finished, region]

      environment:
        root: \(places.authority(SandboxPlaces.root))
        authority-port: \(places.authorityPort)
        trust: \(places.file("trust.pem"))

      """
  }
}
