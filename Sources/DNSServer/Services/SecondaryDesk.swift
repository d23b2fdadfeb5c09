import DNSModel
import Notation
import SystemIO

/// Keeps one secondary zone like its primary: asks when it is due, transfers what is newer, expires
/// what was not confirmed. Used on the loop's thread only.
final class SecondaryDesk: @unchecked Sendable {
  struct Events {
    /// Gives the zone as it is served from now on: it shares with its earlier states what they have in
    /// common.
    let publish: (Zone) -> Zone
    let expired: () -> Void
    let log: (String) -> Void
  }

  private let source: SecondarySource
  private let key: TSIGKey?
  private let limits: TransferAttempt.Limits
  private let loop: EventLoop
  private let events: Events
  /// Nil: it is kept in memory only.
  private let keeper: SecondaryKeeper?
  private var zone: Zone?
  private var schedule: SecondarySchedule
  private var attempt: TransferAttempt?
  private var turn = 0
  private var timer: TimerToken?
  private var lastFailure: String?
  private var isExpired = false
  /// A NOTIFY that came while an attempt was underway: look again after it.
  private var asksAgain = false

  init(
    source: SecondarySource, key: TSIGKey?, keeper: SecondaryKeeper?,
    limits: TransferAttempt.Limits, on loop: EventLoop, events: Events
  ) {
    self.source = source
    self.key = key
    self.keeper = keeper
    self.limits = limits
    self.loop = loop
    self.events = events
    schedule = SecondarySchedule(startingAt: Self.now)
  }

  /// Time that nobody can set: a stepped clock must not expire a zone, nor keep it.
  private static var now: UTCInstant {
    UTCInstant(milliseconds: SystemClock.sinceBoot().milliseconds)
  }

  func start() {
    takeUpCopy()
    look()
  }

  /// What an earlier run was given is answered from at once, if it has not expired meanwhile.
  private func takeUpCopy() {
    do {
      guard let found = try keeper?.copy.read() else { return }
      let now = Self.now
      let kept = SecondarySchedule(
        startingAt: now, timers: Self.timers(found.zone), lastConfirmed: now - found.age)
      guard !kept.isExpired(at: now) else {
        return events.log("\(source.zone): the copy kept on disk has expired")
      }
      zone = events.publish(found.zone)
      schedule = kept
      events.log("\(source.zone): taken up from disk, serial \(found.zone.serialText)")
    } catch {
      events.log("\(source.zone): the copy kept on disk is of no use: \(safeText("\(error)"))")
    }
  }

  /// What is to be kept on disk is there when it returns.
  func finish() { keeper?.finish() }

  func notified() {
    guard attempt == nil else {
      asksAgain = true
      return
    }
    schedule.notified(at: Self.now)
    look()
  }

  private func look() {
    if let timer { loop.cancel(timer) }
    timer = nil
    let now = Self.now
    if zone != nil, !isExpired, schedule.isExpired(at: now) {
      isExpired = true
      events.expired()
      events.log("\(source.zone): expired: no primary was reached for too long; answering SERVFAIL")
    }
    guard attempt == nil else { return }
    guard !schedule.isDue(at: now) else { return ask() }
    var next = schedule.nextCheck
    if !isExpired, let expiry = schedule.expiry, zone != nil { next = min(next, expiry) }
    timer = loop.after(max(next - now, .milliseconds(1))) { [weak self] in self?.look() }
  }

  private func ask() {
    let primary = source.primaries[turn % source.primaries.count]
    turn += 1
    let attempt = TransferAttempt(
      zone: source.zone, primary: primary, key: key, served: zone?.serial, limits: limits,
      on: loop
    ) { [weak self] in self?.ended($0, with: primary) }
    self.attempt = attempt
    // The zone may expire while a primary takes its time.
    if zone != nil, !isExpired, let expiry = schedule.expiry {
      timer = loop.after(max(expiry - Self.now, .milliseconds(1))) { [weak self] in self?.look() }
    }
    attempt.start()
  }

  private func ended(_ outcome: TransferAttempt.Outcome, with primary: SocketAddress) {
    attempt = nil
    let now = Self.now
    switch outcome {
    case .current:
      if let zone { schedule.confirmed(Self.timers(zone), at: now) }
      keeper?.confirm()
      recovered()
    case .transferred(let transferred, let problems):
      do throws(TransferFailure) {
        try Self.check(transferred, instead: self.zone?.serial)
        let zone = events.publish(transferred)
        self.zone = zone
        schedule.confirmed(Self.timers(zone), at: now)
        isExpired = false
        keeper?.keep(zone)
        tell(of: problems, from: primary)
        events.log("\(zone.origin): transferred from \(primary), serial \(zone.serialText)")
        lastFailure = nil
      } catch {
        failed(error, with: primary, at: now)
      }
    case .failed(let failure): failed(failure, with: primary, at: now)
    }
    if asksAgain {
      asksAgain = false
      schedule.notified(at: now)
    }
    look()
  }

  /// The same content as before, confirmed: an expired zone lives again.
  private func recovered() {
    lastFailure = nil
    guard isExpired, let zone else { return }
    isExpired = false
    self.zone = events.publish(zone)
  }

  /// The primary's faults are its own to mend; whoever runs this secondary should know of them.
  private func tell(of problems: [ZoneProblem], from primary: SocketAddress) {
    let errors = problems.filter { $0.severity == .error }
    guard !errors.isEmpty else { return }
    let first = errors.prefix(3).map { "\($0.owner) \($0.message)" }.joined(separator: "; ")
    let more = errors.count > 3 ? "; and \(errors.count - 3) more" : ""
    events.log(
      "\(source.zone): unsound as \(primary) has it, served all the same: \(first)\(more)")
  }

  private func failed(_ failure: TransferFailure, with primary: SocketAddress, at now: UTCInstant) {
    // Another primary is asked at once; only when none helped the wait begins.
    let triedAll = turn % source.primaries.count == 0
    schedule.failed(at: now)
    if !triedAll { schedule.notified(at: now) }
    let text = "\(source.zone): not transferred from \(primary): \(failure)"
    if text != lastFailure {
      events.log(
        text + (zone.map { "; serial \($0.serialText) stays" } ?? "; there is no zone yet"))
    }
    lastFailure = text
  }

  private static func timers(_ zone: Zone) -> SecondarySchedule.Timers {
    SecondarySchedule.Timers(
      refresh: .seconds(zone.soa?.refresh ?? 0), retry: .seconds(zone.soa?.retry ?? 0),
      expire: .seconds(zone.soa?.expire ?? 0))
  }

  /// A zone that was transferred must move forward.
  private static func check(_ zone: Zone, instead served: Serial?) throws(TransferFailure) {
    guard let offered = zone.serial else { throw .noSOA }
    if let served, offered != served, !offered.isLater(than: served) {
      throw .olderThanServed(offered: offered, served: served)
    }
  }
}
