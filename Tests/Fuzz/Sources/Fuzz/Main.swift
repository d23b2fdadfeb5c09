import Glibc

/// libFuzzer's own: its `main` without the one function that `main` would look for.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

private let usage = """
  usage: Fuzz list                      the targets
         Fuzz seeds TARGET FOLDER       writes what the search begins with
         Fuzz TARGET [libFuzzer's arguments]

  """

/// SwiftPM starts an executable at `MODULE_main`.
@_cdecl("Fuzz_main")
func main(
  _ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> Int32 {
  let words = (0..<Int(count)).map { arguments[$0].map { String(cString: $0) } ?? "" }
  if words.count == 2, words[1] == "list" {
    for target in FuzzTarget.all { print(target.name) }
    return 0
  }
  if words.count == 4, words[1] == "seeds", let target = FuzzTarget.named(words[2]) {
    return target.writeSeeds(to: words[3]) ? 0 : 1
  }
  guard words.count > 1, let target = FuzzTarget.named(words[1]) else {
    print(usage)
    return 2
  }
  FuzzTarget.chosen = target
  // The target's name is taken out; libFuzzer knows the rest.
  for index in 1..<Int(count) { arguments[index] = arguments[index + 1] }
  var remaining = count - 1
  var pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = arguments
  return runFuzzer(&remaining, &pointer) { start, length in
    FuzzTarget.chosen?.run(Array(UnsafeBufferPointer(start: start, count: length)))
    return 0
  }
}

extension FuzzTarget {
  fileprivate static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }

  fileprivate func writeSeeds(to folder: String) -> Bool {
    for (number, bytes) in seeds().enumerated() {
      guard let file = fopen("\(folder)/seed-\(number)", "wb") else { return false }
      let written = fwrite(bytes, 1, bytes.count, file)
      guard fclose(file) == 0, written == bytes.count else { return false }
    }
    return true
  }
}
