import Notation
import Sandbox
import SystemIO

/// One person at the sandbox's view.
final class SandboxSession {
  private let world: SandboxWorld
  private let console: Console
  private let terminal: Terminal
  private var message: String?
  private var isLagging = false
  private var isCutOff = false
  private var isCertificateBroken = false

  init(_ world: SandboxWorld, _ console: Console, _ terminal: Terminal) {
    self.world = world
    self.console = console
    self.terminal = terminal
  }

  func run(until isOver: () -> Bool) {
    console.raw("\u{1b}[?1049h\u{1b}[?25l")
    defer {
      console.raw("\u{1b}[?25h\u{1b}[?1049l")
      terminal.restore()
    }
    while !isOver() {
      draw()
      switch terminal.key(within: .milliseconds(500)) {
      case .interrupt, .character("q"): return
      case .character(let key): press(key)
      default: break
      }
    }
  }

  private func press(_ key: Character) {
    switch key {
    case "k": perform(.killRegion, "west")
    case "b": perform(.reviveRegion, "west")
    case "a": perform(.addRegion, "south")
    case "l": toggle(\.isLagging, .lag, .catchUp)
    case "o": toggle(\.isCutOff, .cutOff, .reconnect)
    case "c": toggle(\.isCertificateBroken, .breakCertificate, .mendCertificate)
    case "e": perform(.editZone)
    default: message = nil
    }
  }

  private func toggle(
    _ flag: ReferenceWritableKeyPath<SandboxSession, Bool>, _ on: SandboxVerb, _ off: SandboxVerb
  ) {
    if perform(self[keyPath: flag] ? off : on) { self[keyPath: flag].toggle() }
  }

  @discardableResult
  private func perform(_ verb: SandboxVerb, _ argument: String? = nil) -> Bool {
    do {
      message = try world.perform(verb, argument)
      return true
    } catch {
      message = safeText("\(error)")
      return false
    }
  }

  private func draw() {
    let size = terminal.size
    let screen = SandboxScreen(
      status: SandboxStatus(world), width: max(40, size.columns - 1), height: size.rows,
      console: console, message: message)
    let lines = screen.lines.prefix(size.rows).map { $0 + "\u{1b}[K" }
    console.raw("\u{1b}[H" + lines.joined(separator: "\r\n") + "\u{1b}[J")
  }
}
