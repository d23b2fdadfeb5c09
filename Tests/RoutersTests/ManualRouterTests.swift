import Engine
import Migration
import Notation
import Routers
import TestBeds
import Testing

/// A router in a person's hands: it says what to do, and believes only what is seen from outside.
@Suite struct ManualRouterTests {
  private final class Person {
    var hasBound = false
    var told: [String] = []
  }

  private static func router(_ person: Person) -> ManualRouter {
    ManualRouter(
      instructions: "portal, endpoint api",
      look: {
        EvidenceReport(
          kind: .router, outcome: person.hasBound ? .pass : .fail, at: .distantPast,
          router: person.hasBound ? [.owned, .certificateReady, .bound] : [], summary: "seen")
      }, tell: { person.told.append($0) })
  }

  @Test func conforms() throws {
    let person = Person()
    try GlobalRouterConformance(
      Self.router(person), plan: HAProxyRouterTests.compiled,
      hands: .init(bind: { person.hasBound = true }, clean: { person.hasBound = false })
    ).ownsBindsAndCleansAsItsReportShows()
    try GlobalRouterConformance(
      Self.router(person), plan: HAProxyRouterTests.compiled,
      hands: .init(bind: { person.hasBound = true }, clean: { person.hasBound = false })
    ).swapsOnceItServesAndRenewsInPlace(
      serves: { person.hasBound }, renewed: { Self.router(person) })
    #expect(person.told.contains { $0.contains("portal, endpoint api") })
  }
}
