import Engine
import HTTP
import Notation
import SystemIO

/// HTTP-01 (RFC 8555 §8.3) through the web server that already answers for the name: the proof is a
/// file under its root.
public struct WebrootChallenges: ChallengePublisher {
  private let root: String

  public init(root: String) { self.root = root }

  private func path(_ proof: ChallengeProof) -> String {
    "\(root)/.well-known/acme-challenge/\(proof.token)"
  }

  public func publish(_ proof: ChallengeProof) throws {
    try PublicDirectory.make("\(root)/.well-known/acme-challenge")
    try AtomicFile.replace(path(proof), with: Array(proof.value.utf8), mode: 0o644)
  }

  public func visibility(of proof: ChallengeProof) -> ChallengeVisibility {
    let content = try? AtomicFile.read(path(proof))
    return content == Array(proof.value.utf8) ? .everywhere : .notYet(path(proof))
  }

  public func remove(_ proof: ChallengeProof) throws { try PrivateDirectory.remove(path(proof)) }
}

/// HTTP-01 by a server of our own, for names whose port 80 leads here.
public final class StandaloneChallenges: ChallengePublisher {
  public let port: UInt16
  private let server: HTTPServer
  private let proofs: Mutex<[String: String]>
  private let thread: Thread

  public init(address: String, port: UInt16) throws {
    let proofs = Mutex<[String: String]>([:])
    let server = try HTTPServer(address: address, port: port) { request in
      let prefix = "/.well-known/acme-challenge/"
      let token = request.path.hasPrefix(prefix) ? String(request.path.dropFirst(prefix.count)) : ""
      guard request.method == "GET", let value = proofs.withLock({ $0[token] }) else {
        return .send(HTTPResponse(status: 404))
      }
      let type = HTTPHeader("Content-Type", "application/octet-stream")
      return .send(HTTPResponse(status: 200, headers: [type], body: Array(value.utf8)))
    }
    self.proofs = proofs
    self.server = server
    self.port = server.port
    thread = try Thread("http-01") { server.run() }
  }

  deinit {
    server.stop()
    thread.join()
  }

  public func publish(_ proof: ChallengeProof) {
    proofs.withLock { $0[proof.token] = proof.value }
  }

  public func visibility(of proof: ChallengeProof) -> ChallengeVisibility {
    proofs.withLock { $0[proof.token] } == proof.value ? .everywhere : .notYet("this process")
  }

  public func remove(_ proof: ChallengeProof) {
    proofs.withLock { $0[proof.token] = nil }
  }
}
