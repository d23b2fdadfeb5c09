import Foundation
import Notation
import TestSupport
import Testing

/// The matrix: rolled back from every step, a region lost in every phase, and the world being unkind.
@Suite(.enabled(if: Soak.isOn)) struct SandboxSoakTests {
  /// Steps that are done one after the other, each a place to turn back from.
  static let steps = [
    "baseline", "ttl.lower.1", "router.own", "certificate", "router.bind", "prove", "ttl.lower.2",
    "approve.cutOver", "cutover", "verify", "soak.1", "origin.lock", "soak.2",
  ]

  private static func reach(_ step: String, _ bed: SandboxBed) throws {
    try bed.waitUntil(step, seconds: 150) {
      if bed.standing == "approval" {
        for gate in ["cutOver", "lockOrigin"] {
          _ = try bed.cutover(["approve", "--gate", gate])
        }
      }
      return bed.isDone(step)
    }
  }

  private static func finish(_ bed: SandboxBed, as end: String) throws {
    try bed.waitUntil(end, seconds: 150) {
      if bed.standing == "approval" {
        for words in [["cutOver"], ["lockOrigin"], ["restoreTTL", "--decline"]] {
          _ = try bed.cutover(["approve", "--gate"] + words)
        }
      }
      return bed.standing == end
    }
  }

  @Test(arguments: steps) func rollsBackFromEveryStep(step: String) throws {
    let bed = try SandboxBed()
    try bed.begin()
    try Self.reach(step, bed)
    #expect(try bed.cutover(["rollback"]).status == 0)
    try Self.finish(bed, as: "rolledBack")
    try bed.waitUntil("everybody to be back") { try bed.share(of: "old") == 100 }
    try bed.story()
  }

  @Test(arguments: steps) func aRegionLostInAnyPhaseHoldsNothingUpAndIsNoticedByNobody(
    step: String
  ) throws {
    let bed = try SandboxBed()
    try bed.begin()
    try Self.reach(step, bed)
    try bed.act("kill", "west")
    try Self.finish(bed, as: "moved")
    try bed.act("revive", "west")
    try bed.waitUntil("west to serve again") { try bed.share(of: "west") > 10 }
    try bed.story()
  }

  @Test func aLaggingSecondaryDelaysTheMoveAndHurtsNobody() throws {
    let bed = try SandboxBed()
    try bed.begin()
    try bed.act("lag")
    try Self.reach("cutover", bed)
    try bed.act("catch-up")
    try Self.finish(bed, as: "moved")
    try bed.story()
  }

  @Test func authoritiesCutOffBeforeTheCutoverAreWaitedFor() throws {
    let bed = try SandboxBed()
    try bed.begin()
    try Self.reach("prove", bed)
    try bed.act("cut-off")
    // Shorter than the TTL that is published then: whoever keeps to it notices nothing.
    usleep(1_000_000)
    try bed.act("reconnect")
    try Self.finish(bed, as: "moved")
    try bed.story()
  }

  /// Longer than every TTL: whoever asks a resolver that serves stale answers is served all the time, and
  /// no more of the others fail than was announced.
  @Test(arguments: ["verify", "soak.1"]) func aLongSilenceHurtsNobodyBehindStaleAnswers(
    step: String
  ) throws {
    let bed = try SandboxBed()
    try bed.begin()
    try Self.reach(step, bed)
    try bed.act("cut-off")
    usleep(25_000_000)
    try bed.act("reconnect")
    try Self.finish(bed, as: "moved")
    let story = try bed.story()
    let failures = story["failures"]?.array ?? []
    #expect(!failures.isEmpty, "nobody noticed: were they cut off?")
    for failure in failures {
      #expect(failure["client"]?.string?.contains("serve-stale") == false, "\(failure.compact)")
    }
  }

  /// Forward and back behind a cache that keeps everything too long: the old side must serve longer.
  @Test func anOverHoldingResolverFailsNobodyEitherWay() throws {
    let bed = try SandboxBed()
    try bed.begin()
    try Self.reach("verify", bed)
    try bed.waitUntil("everybody to be over") { try bed.share(of: "old") == 0 }
    #expect(try bed.cutover(["rollback"]).status == 0)
    try Self.finish(bed, as: "rolledBack")
    try bed.waitUntil("everybody to be back") { try bed.share(of: "old") == 100 }
    let story = try bed.story()
    #expect(story["failed"]?.integer == 0, "no request may fail, announced or not")
  }

  @Test func aBrokenCertificateHoldsTheCutover() throws {
    let bed = try SandboxBed()
    try bed.begin()
    try Self.reach("prove", bed)
    try bed.act("break-certificate")
    try bed.waitUntil("the approval") { bed.standing == "approval" }
    try bed.approve("cutOver")
    usleep(15_000_000)
    #expect(!bed.isDone("cutover"))
    #expect(try bed.share(of: "old") == 100)
    try bed.act("mend-certificate")
    try Self.finish(bed, as: "moved")
    try bed.story()
  }

  @Test func anEditBehindOurBackHoldsTheMove() throws {
    let bed = try SandboxBed()
    try bed.begin()
    try Self.reach("prove", bed)
    try bed.waitUntil("the approval") { bed.standing == "approval" }
    try bed.act("edit-zone")
    // While an approval is missing nobody looks; the change itself rests on a fresh look.
    try bed.approve("cutOver")
    try bed.waitUntil("the move to be held") { bed.standing == "held" }
    #expect(!bed.isDone("cutover"))
    #expect(try bed.cutover(["resume", "--overwrite"]).status == 0)
    try Self.finish(bed, as: "moved")
    try bed.story()
  }
}
