import Invocation
import Migration
import Notation
import Routers

enum RegionListCommand: Command {
  static let spec = CommandSpec(
    name: "region list",
    summary: "the router's regions as it has them, and what was ordered of them",
    options: RegionDesk.options + [
      .flag("history", "every order, who gave it, what came of it; and what was seen")
    ],
    examples: ["cutover region list", "cutover region list --plan Plans/sandbox.yaml --history"],
    notes: """
      A router that a person configures is not asked: each region is, around it, on its health path.
      While `cutover run` runs, regions that go down or come up are told to the plan's hooks (on: region).
      HAProxy forgets what was ordered while it ran when it is restarted: a region that is missing at the
      router, though it was added, is shown as such. Exit 6 then.
      """)

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let desk = try RegionDesk(invocation)
    let journal = try desk.journal()
    if invocation.flag("history") {
      for entry in journal.entries where entry.router == desk.router {
        console.result(
          "\(entry.at)  \(entry.actor)  \(entry.order.rawValue) \(entry.region): "
            + "\(entry.stage.rawValue)" + (entry.detail.isEmpty ? "" : " (\(entry.detail))"))
      }
      return .done
    }
    let found = try desk.regions().map { try $0.list() }
    let known = found.map { Set($0.map(\.name)) } ?? Set(desk.plan.router.regions.map(\.name))
    let missing = journal.wanted(at: desk.router).filter { !known.contains($0) }
    if console.wantsJSON {
      console.result(json(found, desk, missing))
    } else if let found {
      for region in found {
        let standing = region.isDraining ? "draining" : region.isUp ? "up" : "down"
        console.result("\(region.name)  \(region.address)  \(standing)  weight \(region.weight)")
      }
      if found.isEmpty { console.result("the router has no region") }
    } else {
      for region in desk.plan.router.regions {
        console.result(
          "\(region.name)  \(region.origin)  share \(region.share) % (as planned)  "
            + RegionProbe.standing(of: region, desk.plan))
      }
    }
    for name in missing {
      console.complain("\(name) was added and is not at the router: cutover region add \(name) …")
    }
    return missing.isEmpty ? .done : .held
  }

  private static func json(
    _ found: [HAProxyRegions.Standing]?, _ desk: RegionDesk, _ missing: [String]
  ) -> JSON {
    let regions: [JSON] =
      found?.map {
        .record([
          ("name", .string($0.name)), ("address", .string($0.address)), ("up", .bool($0.isUp)),
          ("draining", .bool($0.isDraining)), ("weight", .integer($0.weight)),
        ])
      }
      ?? desk.plan.router.regions.map {
        .record([
          ("name", .string($0.name)), ("address", .string("\($0.origin)")),
          ("seen", .string(RegionProbe.standing(of: $0, desk.plan))),
        ])
      }
    return .record([
      ("router", .string(desk.router)), ("regions", .array(regions)),
      ("missing", .strings(missing)),
    ])
  }
}

enum RegionAddCommand: Command {
  static let spec = CommandSpec(
    name: "region add", summary: "have the router take on a region",
    operands: [OperandSpec("NAME", .one, "what the region is called")],
    options: RegionDesk.options + [
      .value("origin", "ADDR:PORT", "where it is (default: as the plan says)"),
      .value(
        "share", "PERCENT", "its weight beside the others, 1 to 100 (default: as planned, or 50)"),
    ],
    examples: ["cutover region add south --origin 127.0.0.1:8083 --share 30"],
    notes:
      "It gets requests once its health check has passed twice. Journaled before it is ordered.")

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    let desk = try RegionDesk(invocation)
    let region = try wish(invocation, desk)
    let detail = "\(region.origin), share \(region.share)"
    let stage = try desk.carryOut(.add, region.name, detail) { haproxy throws(HAProxyError) in
      try haproxy.add(region)
    }
    return report(stage, "add \(region.name) (\(detail))", desk, console)
  }

  private static func wish(_ invocation: ParsedInvocation, _ desk: RegionDesk) throws -> RegionPlan
  {
    let name = invocation.operands[0]
    guard !name.isEmpty, name.utf8.count <= 63,
      name.utf8.allSatisfy({ $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || $0 == 0x2D })
    else {
      throw UsageError(
        "\"\(safeText(name))\" is no name for a region: letters, digits and hyphens",
        command: "region add")
    }
    var region = desk.plan.router.regions.first { $0.name == name }
    if let text = invocation.value("origin") {
      guard let colon = text.lastIndex(of: ":"), UInt16(text[text.index(after: colon)...]) != nil,
        let address = NetworkAddress(parsing: text, defaultPort: 443)
      else { throw UsageError("--origin \(safeText(text)) is no ADDR:PORT", command: "region add") }
      region = RegionPlan(name: name, origin: .address(address), share: region?.share ?? 50)
    }
    guard var wanted = region else {
      throw UsageError(
        "the plan knows no region \(name): give --origin ADDR:PORT", command: "region add")
    }
    if let text = invocation.value("share") {
      guard let share = Int(text), (1...100).contains(share) else {
        throw UsageError("--share \(safeText(text)): expected 1 to 100", command: "region add")
      }
      wanted.share = share
    }
    return wanted
  }
}

enum RegionDrainCommand: Command {
  static let spec = departure(
    "region drain", "no new requests for a region; those under way go on",
    "cutover region drain west")

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    try depart(.drain, invocation, console) { haproxy, name throws(HAProxyError) in
      try haproxy.drain(name)
    }
  }
}

enum RegionRemoveCommand: Command {
  static let spec = departure(
    "region remove", "take a region off the router", "cutover region remove west")

  static func run(_ invocation: ParsedInvocation, _ console: Console) throws -> ExitCode {
    try depart(.remove, invocation, console) { haproxy, name throws(HAProxyError) in
      try haproxy.remove(name)
    }
  }
}

private func departure(_ name: String, _ summary: String, _ example: String) -> CommandSpec {
  CommandSpec(
    name: name, summary: summary, operands: [OperandSpec("NAME", .one, "the region")],
    options: RegionDesk.options + [
      .flag("accept-loss", "even though the others cannot carry everything")
    ], examples: [example],
    notes: "Refused, exit 3, where no other region serves, or the others cannot carry all requests."
  )
}

private func depart(
  _ order: RegionJournal.Order, _ invocation: ParsedInvocation, _ console: Console,
  _ work: (HAProxyRegions, String) throws(HAProxyError) -> Void
) throws -> ExitCode {
  let desk = try RegionDesk(invocation)
  let name = invocation.operands[0]
  if let haproxy = try desk.regions() {
    let standings = try desk.standings(haproxy)
    guard standings.contains(where: { $0.name == name }) else {
      let near = nearestWord(to: name, among: standings.map(\.name))
      throw Complaint(
        "the router has no region \(safeText(name)); nothing was changed"
          + (near.map { "; did you mean \($0)?" } ?? ""))
    }
    let objection = RegionDeparture.objection(
      to: name, among: standings, planned: desk.plan.router.regions)
    if let objection, !invocation.flag("accept-loss") {
      throw Complaint(
        "region \(order.rawValue) \(name): \(objection); nothing was changed; --accept-loss overrides"
      )
    }
  }
  let stage = try desk.carryOut(order, name, "") { haproxy throws(HAProxyError) in
    try work(haproxy, name)
  }
  return report(stage, "\(order.rawValue) \(name)", desk, console)
}

private func report(
  _ stage: RegionJournal.Stage, _ what: String, _ desk: RegionDesk, _ console: Console
) -> ExitCode {
  if console.wantsJSON {
    console.result(
      (["order": .string(what), "stage": .string(stage.rawValue)] as JSON).compact)
  } else if stage == .handedOver {
    console.result("to be done at the router by a person: \(what)\(desk.instructions)")
  } else {
    console.result("\(what): done")
  }
  return stage == .handedOver ? .waiting : .done
}
