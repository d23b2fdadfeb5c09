import Notation

/// What is asked of HAProxy while it runs, without a reload: its servers and its certificates.
///
/// Each order may be repeated; it reads first and does only what is still missing. HAProxy forgets
/// runtime changes when it is restarted, which is why callers state what they want again and again
/// (design: regions are the router's state) and certificates are written to its storage as well.
public struct HAProxyRuntime: Sendable {
  public let socket: HAProxySocket
  public let backend: String

  public init(socket: HAProxySocket, backend: String) {
    self.socket = socket
    self.backend = backend
  }

  public func servers() throws(HAProxyError) -> [HAProxyServer] {
    let command = "show servers state \(backend)"
    return try HAProxyServer.table(try socket.ask(command), command: command)
  }

  public func server(_ name: String) throws(HAProxyError) -> HAProxyServer? {
    try servers().first { $0.name == name }
  }

  /// Adds a server and puts it under its health check: it gets traffic once the check has passed often
  /// enough. `options` are the words of a `server` line: `check inter 1s rise 2 fall 2 ssl …`.
  ///
  /// The id is chosen here: before HAProxy 3.0, `balance random` takes servers that were added without one
  /// for the same place on its ring, and of three regions one gets no request (haproxy/haproxy#3413).
  public func add(
    _ name: String, address: String, weight: Int, options: String
  ) throws(HAProxyError) {
    let servers = try servers()
    if !servers.contains(where: { $0.name == name }) {
      let number = (servers.map(\.number).max() ?? 0) + 1
      try socket.order(
        "add server \(backend)/\(name) \(address) id \(number) weight \(weight) \(options)",
        fine: ["New server registered"])
    }
    if options.split(separator: " ").contains("check") {
      try socket.order("enable health \(backend)/\(name)")
    }
    try socket.order("enable server \(backend)/\(name)")
  }

  /// No new connections; the ones it has go on to their end.
  public func drain(_ name: String) throws(HAProxyError) {
    try socket.order("set server \(backend)/\(name) state drain")
  }

  public func ready(_ name: String) throws(HAProxyError) {
    try socket.order("set server \(backend)/\(name) state ready")
  }

  public func maintain(_ name: String) throws(HAProxyError) {
    try socket.order("set server \(backend)/\(name) state maint")
  }

  public func setWeight(_ name: String, _ weight: Int) throws(HAProxyError) {
    try socket.order("set server \(backend)/\(name) weight \(weight)")
  }

  /// A server goes only when it is in maintenance and has no connection left: the caller drains it
  /// first, and asks again while HAProxy says that it is still in use.
  public func remove(_ name: String) throws(HAProxyError) {
    guard try server(name) != nil else { return }
    try maintain(name)
    try socket.order("del server \(backend)/\(name)", fine: ["Server deleted"])
  }

  // MARK: certificates

  /// The files HAProxy knows, as it names them.
  public func certificates() throws(HAProxyError) -> [String] {
    try socket.ask("show ssl cert").split(separator: "\n")
      .filter { !$0.hasPrefix("#") && !$0.hasPrefix("*") && !$0.isEmpty }.map(String.init)
  }

  /// Puts key and chain (one PEM text) under `file`, in one step for new handshakes: the old
  /// certificate answers until the new one does. A file that HAProxy does not know yet is made, and
  /// entered in `list` (a crt-list of the `bind` line) where one is given.
  public func store(
    certificate pem: String, file: String, list: String?
  ) throws(HAProxyError) {
    let isKnown = try certificates().contains(file)
    if !isKnown {
      try socket.order("new ssl cert \(file)", fine: ["New empty certificate store"])
    }
    do {
      try socket.order(
        "set ssl cert \(file)", payload: pem, fine: ["Transaction created", "Transaction updated"])
      try socket.order("commit ssl cert \(file)", fine: ["Committing", "Success!"])
    } catch {
      // An open transaction would be taken up by whoever comes next.
      _ = try? socket.ask("abort ssl cert \(file)")
      if !isKnown { _ = try? socket.ask("del ssl cert \(file)") }
      throw error
    }
    guard let list else { return }
    if try !listEntries(list).contains(file) {
      try socket.order("add ssl crt-list \(list) \(file)", fine: ["Inserting", "Success!"])
    }
  }

  /// The files a crt-list names.
  public func listEntries(_ list: String) throws(HAProxyError) -> [String] {
    try socket.ask("show ssl crt-list \(list)").split(separator: "\n")
      .compactMap { $0.split(separator: " ").first.map(String.init) }
  }

  /// Takes a certificate off: out of the list, then out of the store.
  public func discard(certificate file: String, list: String) throws(HAProxyError) {
    if try listEntries(list).contains(file) {
      try socket.order("del ssl crt-list \(list) \(file)", fine: ["deleted"])
    }
    if try certificates().contains(file) {
      try socket.order("del ssl cert \(file)", fine: ["deleted"])
    }
  }

  /// The facts HAProxy tells of a certificate: `Serial`, `Subject`, `notAfter` …
  public func certificateFacts(_ file: String) throws(HAProxyError) -> [(String, String)] {
    try socket.ask("show ssl cert \(file)").split(separator: "\n").compactMap { line in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      return (String(line[..<colon]), String(value))
    }
  }
}
