import DNSModel
import Foundation
import Notation
import SystemIO
import TLSToolkit
import TestBeds
import TestSupport

/// Debian's nginx with one TLS server, set up as a test says.
final class NginxBed {
  let folder = TemporaryDirectory()
  let port: UInt16
  private let process: ServerProcess

  var address: SocketAddress { .loopback(port: port) }
  var anchor: String { folder.file("anchor.pem") }

  /// `chain` and `key` in PEM; `lines` stand in the server's block.
  init(chain: [Certificate], key: PrivateKey, anchor: Certificate, _ lines: String) throws {
    port = try FreePort.next()
    folder.write("chain.pem", chain.map(\.pem).joined())
    let folder = folder
    _ = try key.pem().reveal { folder.write("key.pem", String(decoding: $0, as: UTF8.self)) }
    folder.write("anchor.pem", anchor.pem)
    let path = folder.path
    folder.write(
      "nginx.conf",
      """
      daemon off; master_process off; pid \(path)/pid; error_log \(path)/errors;
      events { worker_connections 512; }
      http {
        access_log off; client_body_temp_path \(path)/b; proxy_temp_path \(path)/p;
        fastcgi_temp_path \(path)/f; uwsgi_temp_path \(path)/u; scgi_temp_path \(path)/s;
        server {
          listen 127.0.0.1:\(port) ssl http2; server_name api.contososhoes.test;
          ssl_certificate \(path)/chain.pem; ssl_certificate_key \(path)/key.pem;
          ssl_session_cache shared:s:1m;
          \(lines)
        }
      }
      """)
    process = try ServerProcess("nginx", ["-c", folder.file("nginx.conf"), "-p", path])
    let port = port
    _ = try process.wait(for: "nginx to listen") {
      try Programs.run("curl", ["-sk", "https://127.0.0.1:\(port)/"], seconds: 5).status != 7
        ? true : nil
    }
  }
}
