import Foundation

/// The old and the new endpoint of `api.example.test`: two nginx servers on loopback with a
/// certificate of a CA of their own.
public final class TwoEndpoints: Sendable {
  public let directory = TemporaryDirectory()
  public let old: UInt16
  public let new: UInt16
  private let server: ServerProcess

  public var trust: String { directory.file("ca.pem") }

  public init() throws {
    old = try FreePort.next()
    new = try FreePort.next()
    try Self.makeCertificates(in: directory)
    directory.write("nginx.conf", Self.configuration(old: old, new: new, in: directory.path))
    server = try ServerProcess(
      "nginx", ["-c", directory.file("nginx.conf"), "-p", directory.path])
    let ports = [old, new]
    _ = try server.wait(for: "nginx to listen") {
      try ports.allSatisfy { try Self.answers($0) } ? true : nil
    }
  }

  /// The lines of a plan for its old endpoint's doors, which every name shares.
  public func lockLines(for name: String) -> String {
    let file = directory.file("locked-\(name)")
    return "lock: {kind: exec, lock: [touch, \(file)], unlock: [rm, -f, \(file)], unlock-time: 1s}"
  }

  public func isLocked(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: directory.file("locked-\(name)"))
  }

  private static func answers(_ port: UInt16) throws -> Bool {
    try Programs.run("curl", ["-sk", "https://127.0.0.1:\(port)/"], seconds: 5).status == 0
  }

  private static func makeCertificates(in directory: TemporaryDirectory) throws {
    directory.write(
      "names", "subjectAltName=DNS:api.example.test,DNS:*.example.test,IP:127.0.0.1\n")
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    let commands = [
      ["req", "-x509"] + curve
        + ["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA", "-days", "30"],
      ["req"] + curve
        + ["-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=api.example.test"],
      [
        "x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
        "-days", "20", "-extfile", "names", "-out", "leaf.pem",
      ],
    ]
    for command in commands {
      let run = try Programs.run("openssl", command, directory: directory.path)
      guard run.status == 0 else { throw ProgramFailure(description: "\(run)") }
    }
  }

  private static func configuration(old: UInt16, new: UInt16, in path: String) -> String {
    let servers = [("old", old), ("new", new)].map { name, port in
      """
        server {
          listen 127.0.0.1:\(port) ssl; ssl_certificate \(path)/leaf.pem;
          ssl_certificate_key \(path)/leaf.key; location / {
            set $first $host;
            if ($host ~ "^([^.]+)\\.") { set $first $1; }
            if (-f \(path)/locked-$first) { return \(name == "old" ? 444 : 200); }
            return 200 "\(name)";
          }
        }
      """
    }
    return """
      daemon off; master_process off; pid \(path)/nginx.pid; error_log \(path)/errors;
      events { worker_connections 256; }
      http {
        access_log off; client_body_temp_path \(path)/b; proxy_temp_path \(path)/p;
        fastcgi_temp_path \(path)/f; uwsgi_temp_path \(path)/u; scgi_temp_path \(path)/s;
      \(servers.joined(separator: "\n"))
      }
      """
  }
}
