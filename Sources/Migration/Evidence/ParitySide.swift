/// One side of the comparison of old and new: each of its addresses, and the same requests put to it.
public struct ParitySide: Hashable, Sendable {
  public var addresses: [EndpointFacts]
  /// The requests in the same order on both sides.
  public var answers: [Answer]
  /// What else was tried, in the same order on both sides.
  public var traits: [Trait]

  /// The answer to one request; nil where none came.
  public struct Answer: Hashable, Sendable {
    /// `GET /`, `HEAD /`.
    public var request: String
    public var facts: HTTPFacts?
    /// The same request once more: what differs here changes by itself and tells nothing.
    public var again: HTTPFacts?

    public init(_ request: String, _ facts: HTTPFacts?, again: HTTPFacts? = nil) {
      self.request = request
      self.facts = facts
      self.again = again
    }
  }

  /// One thing that was tried besides: compression, an upgrade, a limit.
  public struct Trait: Hashable, Sendable {
    /// As plans name it: `websocket:/`.
    public var aspect: String
    /// For people; nil where it could not be seen.
    public var value: String?
    /// The more of it, the better for clients; nil where that cannot be said.
    public var rank: Int?

    public init(_ aspect: String, _ value: String?, rank: Int? = nil) {
      self.aspect = aspect
      self.value = value
      self.rank = rank
    }
  }

  public init(addresses: [EndpointFacts], answers: [Answer] = [], traits: [Trait] = []) {
    self.addresses = addresses
    self.answers = answers
    self.traits = traits
  }
}
