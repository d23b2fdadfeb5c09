import Notation

extension FuzzTarget {
  /// What was accepted says the same in both forms it is written in.
  static let json = FuzzTarget(
    name: "json",
    seeds: {
      [
        #"{"a": [1, -2, 3.50e-7, true, false, null], "b\u00e9\ud83d\ude00\n": "\\\"/"}"#,
        #"[[[[]]], {"a": {"a": {}}}, 9223372036854775807, -9223372036854775808, 1e400]"#,
      ].map { Array($0.utf8) }
    },
    run: { bytes in
      guard let value = try? JSON(parsing: bytes) else { return }
      hold((try? JSON(parsing: value.compact)) == value, "compact form differs")
      hold((try? JSON(parsing: value.pretty)) == value, "pretty form differs")
    })
}
