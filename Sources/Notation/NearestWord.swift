/// The known word that a misspelt one was most likely meant to be, if any comes near enough:
/// at most a third of its letters (and never more than three) inserted, left out, changed or swapped.
public func nearestWord(to word: String, among known: [String]) -> String? {
  let limit = min(3, max(1, word.count / 3))
  var best: (word: String, distance: Int)?
  for candidate in known {
    let distance = editDistance(Array(word.lowercased()), Array(candidate.lowercased()))
    if distance <= limit, distance < (best?.distance ?? Int.max) { best = (candidate, distance) }
  }
  return best?.word
}

/// Optimal string alignment: a swap of neighbours costs one, as do insertion, omission and change.
private func editDistance(_ left: [Character], _ right: [Character]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...right.count)
  for i in 1..<(left.count + 1) {
    var row = [i]
    for j in 1..<(right.count + 1) {
      let change = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
      var cost = min(change, last[j] + 1, row[j - 1] + 1)
      if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
        cost = min(cost, beforeLast[j - 2] + 1)
      }
      row.append(cost)
    }
    beforeLast = last
    last = row
  }
  return last[right.count]
}
