/// The configuration of an Unbound on a port of the loopback that touches nothing but its own folder.
public enum UnboundText {
  /// `server`: more lines of that clause, without indentation. `clauses`: what follows it.
  public static func text(
    port: UInt16, folder: String, server: [String], clauses: String = ""
  ) -> String {
    let lines =
      [
        "interface: 127.0.0.1@\(port)", "port: \(port)", "do-daemonize: no", "username: \"\"",
        "chroot: \"\"", "directory: \"\(folder)\"", "pidfile: \"\"", "use-syslog: no",
        "logfile: \"\"",
      ] + server
    return "server:\n" + lines.map { "  \($0)\n" }.joined()
      + "remote-control:\n  control-enable: no\n" + clauses
  }
}
