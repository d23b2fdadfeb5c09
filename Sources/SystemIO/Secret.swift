/// A key, token or password while it is being used. It has no text: printing, interpolating,
/// reflecting or dumping it shows that it is a secret and nothing else, and it cannot be encoded.
///
/// What is kept (in plans, the journal, effects) is always the *reference* to it.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public var description: String { "(a secret)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: [(label: String?, value: Any)]()) }

  /// The one way to the content; the name is there to be seen in a review.
  public func reveal<Result>(_ use: ([UInt8]) throws -> Result) rethrows -> Result {
    try use(bytes)
  }
}
