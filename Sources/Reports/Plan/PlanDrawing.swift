import DNSModel
import Migration
import Notation

/// The plan as a timeline: phases, TTL stairs, live exposures, the way back, certificates, windows.
///
/// One SVG that stands alone; it follows the reader's light or dark setting.
public struct PlanDrawing: Sendable {
  private let forecast: Forecast
  private let moments: MomentText
  private let scale: TimeScale

  public init(_ forecast: Forecast, _ moments: MomentText) {
    self.forecast = forecast
    self.moments = moments
    let length = max(forecast.ends - forecast.times.start, .minutes(10))
    // Some room on the left, for what is there before anything begins.
    let begin = forecast.times.start - TimeSpan(milliseconds: length.milliseconds / 16)
    // Some room on the right: what ends later leaves the picture with an arrow.
    scale = TimeScale(
      from: begin,
      to: forecast.times.start + length + TimeSpan(milliseconds: length.milliseconds / 12),
      left: 200,
      right: 1168)
  }

  public var svg: String {
    var canvas = SVGCanvas()
    let body = 116
    var y = body
    y = phases(&canvas, y)
    y = stairs(&canvas, y + 26)
    y = exposures(&canvas, y + 26)
    y = wayBack(&canvas, y + 26)
    y = certificates(&canvas, y + 26)
    y = windows(&canvas, y + 26)
    var frame = SVGCanvas()
    head(&frame)
    axis(&frame, top: body - 10, bottom: y + 10)
    marker(&frame, top: body - 10, bottom: y + 10)
    return SVGCanvas.document(
      width: 1200, height: y + 46, title: forecast.plan.title, frame.text + canvas.text)
  }

  private func head(_ canvas: inout SVGCanvas) {
    canvas.text(32, 40, safeText(forecast.plan.title, limit: 110), "title")
    canvas.text(
      32, 62,
      "Cutover \(moments.full(forecast.cutOver)) at the earliest, "
        + "\(Layout.grouped(forecast.times.fromLastOldTTLToCutOver.secondsRoundedUp)) s after the last "
        + "answer with TTL \(forecast.plan.from.ttl)", "sub")
    canvas.text(
      1168, 40, "plan \(forecast.compiled.planDigest.prefix(12))", "sub end")
  }

  private func axis(_ canvas: inout SVGCanvas, top: Int, bottom: Int) {
    for tick in scale.ticks(zone: moments) {
      canvas.line(tick.x, top, tick.x, bottom, "grid")
      canvas.text(tick.x, top - 8, tick.label, "tick mid")
    }
    canvas.text(32, top - 8, "times in UTC", "tick")
  }

  private func marker(_ canvas: inout SVGCanvas, top: Int, bottom: Int) {
    let x = scale.x(forecast.cutOver)
    canvas.line(x, top, x, bottom + 8, "cut")
    canvas.text(x, bottom + 24, "cutover", "cutlabel mid")
  }

  private func label(_ canvas: inout SVGCanvas, _ y: Int, _ title: String, _ detail: String) {
    canvas.text(32, y, title, "lane")
    if !detail.isEmpty { canvas.text(32, y + 16, detail, "hint") }
  }

  // MARK: Lanes; each returns where it ends

  private func phases(_ canvas: inout SVGCanvas, _ top: Int) -> Int {
    label(&canvas, top + 14, "Phases", "")
    var rows: [(String, UTCInstant, UTCInstant, String)] = []
    let times = forecast.times
    if let first = times.stages.first {
      rows.append(("lower the TTL, let caches forget", first.published, times.cachesReady, "wait"))
    }
    if let own = forecast.step("router.own"), let prove = forecast.step("prove") {
      rows.append(("own, certificate, bind, prove", own.earliest, prove.ends, "work"))
    }
    let drained = Timetable.drained(forecast.cutOver, forecast.compiled.waits)
    rows.append(("clients move", forecast.cutOver, drained, "move"))
    for step in forecast.steps {
      if case .soak(let number) = step.kind {
        rows.append(("soak \(number)", step.earliest, step.ends, "soak"))
      }
      if step.kind == .lockOrigin, let soak = forecast.step("soak.1") {
        rows.append(("tail, then lock", soak.ends, step.earliest, "wait"))
      }
    }
    var y = top
    for row in rows {
      bar(&canvas, y, row.1, row.2, row.3, row.0)
      y += 22
    }
    return y
  }

  /// A bar with its name in it, or beside it where it is too short.
  private func bar(
    _ canvas: inout SVGCanvas, _ y: Int, _ from: UTCInstant, _ to: UTCInstant, _ style: String,
    _ name: String
  ) {
    let (left, right) = (scale.x(from), scale.x(min(to, scale.to)))
    let width = max(right - left, 3)
    canvas.rect(left, y, width, 16, style)
    if to > scale.to { canvas.arrow(right, y + 8, style) }
    let needed = name.count * 7 + 12
    if width > needed {
      canvas.text(left + 7, y + 12, name, "in")
    } else if right + needed < 1190 {
      canvas.text(right + 6, y + 12, name, "out")
    } else {
      canvas.text(left - 6, y + 12, name, "out end")
    }
  }

  private func stairs(_ canvas: inout SVGCanvas, _ top: Int) -> Int {
    label(&canvas, top + 14, "TTL served", "logarithmic")
    let height = 84
    var values: [(UTCInstant, TTL)] = [(scale.from, forecast.plan.from.ttl)]
    for stage in forecast.times.stages { values.append((stage.published, stage.ttl)) }
    if let raise = forecast.step("ttl.raise") {
      values.append((raise.earliest, forecast.compiled.waits.finalTTL))
    }
    let highest = values.map { Self.logarithm($0.1) }.max() ?? 1
    let lowest = values.map { Self.logarithm($0.1) }.min() ?? 0
    func level(_ ttl: TTL) -> Int {
      top + 12 + (height - 24) * (highest - Self.logarithm(ttl)) / max(highest - lowest, 1)
    }
    var path = ""
    for (index, (at, ttl)) in values.enumerated() {
      let x = scale.x(at)
      let y = level(ttl)
      path += index == 0 ? "M\(x) \(y)" : "H\(x)V\(y)"
      let next = index + 1 < values.count ? scale.x(values[index + 1].0) : 1168
      let text = "\(ttl)"
      if next - x > text.count * 7 + 4 {
        canvas.text(x + 4, y - 5, text, "value")
      }
    }
    canvas.path(path + "H1168", "stairs")
    return top + height
  }

  /// Sixteenths of a power of two: a picture needs no more, and no floating point.
  private static func logarithm(_ ttl: TTL) -> Int {
    let value = UInt64(max(ttl.seconds, 1))
    let power = 63 - value.leadingZeroBitCount
    let rest =
      power >= 4 ? Int(value >> UInt64(power - 4)) & 15 : Int(value << UInt64(4 - power)) & 15
    return power * 16 + rest
  }

  private func exposures(_ canvas: inout SVGCanvas, _ top: Int) -> Int {
    label(&canvas, top + 14, "In some cache", "each value, until proven gone")
    var y = top
    let waits = forecast.compiled.waits
    for stage in forecast.times.stages {
      let from = stage == forecast.times.stages.first ? scale.from : since(stage)
      bar(&canvas, y, from, stage.beforeExpired, "old", "old target, TTL \(stage.before)")
      y += 22
    }
    let drained = Timetable.drained(forecast.cutOver, waits)
    let lastOld = forecast.times.stages.last?.published ?? forecast.times.start
    bar(&canvas, y, lastOld, drained, "old", "old target, TTL \(waits.lowTTL)")
    y += 22
    bar(
      &canvas, y, forecast.cutOver, scale.to + .seconds(1), "new", "new target"
    )
    return y + 22
  }

  private func since(_ stage: Timetable.Stage) -> UTCInstant {
    forecast.times.stages.first { $0.ttl == stage.before }?.published ?? stage.published
  }

  private func wayBack(_ canvas: inout SVGCanvas, _ top: Int) -> Int {
    let undo = forecast.step("cutover")?.undo ?? .zero
    label(&canvas, top + 12, "Way back", "bites within \(undo)")
    let end = forecast.decideBy ?? scale.to + .seconds(1)
    let last = forecast.pointOfNoReturn.flatMap { forecast.step($0)?.earliest } ?? end
    let until = min(end, last)
    let text =
      until == last && forecast.pointOfNoReturn != nil
      ? "open until the old endpoint is retired"
      : forecast.decideBy.map { "open; decide by \(moments.utc($0))" } ?? "open: no end is declared"
    bar(&canvas, top, forecast.cutOver, until, "undo", text)
    return top + 22
  }

  private func certificates(_ canvas: inout SVGCanvas, _ top: Int) -> Int {
    label(&canvas, top + 14, "Certificates", "")
    let old = forecast.plan.oldEndpoint.certificate
    let later = scale.to + .seconds(1)
    let name =
      "old endpoint" + (old.ends.map { ", ends \(moments.utc($0))" } ?? ", end not declared")
      + (old.renewal == .whilePointedAt ? ", renews no more after the cutover" : "")
    bar(&canvas, top, scale.from, old.ends ?? later, "certold", name)
    let from = forecast.step("certificate")?.ends ?? scale.from
    let ends = forecast.plan.certificate.ends
    bar(
      &canvas, top + 22, from, ends ?? later, "certnew",
      "new endpoint" + (ends.map { ", ends \(moments.utc($0))" } ?? ""))
    let renewals = forecast.renewals
    guard !renewals.isEmpty else { return top + 44 }
    for (number, due) in renewals.enumerated() {
      let x = scale.x(due)
      canvas.line(x, top + 20, x, top + 46, "renew")
      canvas.text(x, top + 56, "renewal \(number + 1)", "hint mid")
    }
    return top + 60
  }

  private func windows(_ canvas: inout SVGCanvas, _ top: Int) -> Int {
    guard let window = forecast.plan.changeWindow else { return top - 26 }
    label(&canvas, top + 12, "Change window", safeText(window.timeZone, limit: 24))
    for open in forecast.compiled.changeWindows where open.opens < scale.to {
      let left = scale.x(max(open.opens, scale.from))
      canvas.rect(left, top, max(scale.x(min(open.closes, scale.to)) - left, 2), 16, "window")
    }
    return top + 22
  }
}
