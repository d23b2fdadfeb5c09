import DNSModel
import Foundation
import TestSupport
import Testing
import ZoneFiles

@testable import Sandbox

/// What the program carries with it is what lies in the tree for people to read.
@Suite struct SandboxFilesTests {
  static let places = SandboxPlaces(
    folder: ".cutover-sandbox", authorityPort: 5300, webPort: 8443, authorityOfCertificates: 14000,
    itsManagement: 15000, regionPorts: [8081, 8082, 8083],
    resolverPorts: [5301, 5302, 5303, 5304, 5305, 5306])

  private static func tree(_ path: String) throws -> String {
    try String(contentsOfFile: Programs.root + "/" + path, encoding: .utf8)
  }

  @Test func theZonesInTheTreeAreTheOnesItServes() throws {
    for zone in SandboxZones.all {
      #expect(try Self.tree("Zones/sandbox/\(zone.file)") == zone.text)
      let file = ZoneFile(text: zone.text, origin: zone.origin)
      #expect(file.isServable, "\(zone.file): \(file.reasons)")
    }
  }

  @Test func thePlanInTheTreeIsTheOneItWrites() throws {
    #expect(
      try Self.tree("Plans/sandbox.yaml") == SandboxPlan.text(Self.places, program: "cutover"))
  }

  @Test func freePortsAreGivenOnceAndOnEveryAddress() throws {
    let places = try SandboxPlaces.free(folder: "x")
    let ports =
      [places.webPort, places.authorityPort, places.authorityOfCertificates, places.itsManagement]
      + places.regionPorts + places.resolverPorts
    #expect(Set(ports).count == ports.count)
  }
}
