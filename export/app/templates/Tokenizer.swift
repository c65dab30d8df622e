// Between texts and tokens: compile and test it in your app, it was not compiled by tfgen.
// JSONDecoder().decode(Tokenizer.About.self, from: app.json) has all that it needs.
import Foundation

struct Tokenizer {
  struct About: Decodable {
    let tokenizer: String
    let end: Int32
    let pieces: [String]
    let merges: [[Int32]]?
  }

  struct Unknown: LocalizedError {
    let characters: [String]
    var errorDescription: String? { "The model does not know \(characters): leave it out." }
  }

  private struct Pair: Hashable { let one, other: Int32 }

  let end: Int32
  private let about: About
  private let places: [[UInt8]: Int32]
  private let ranks: [Pair: Int]
  private static let space =
    "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
  private static let words = try! NSRegularExpression(
    pattern: " ?[\\p{L}\\p{M}]+| ?\\p{N}+| ?[^\(space)\\p{L}\\p{M}\\p{N}]+|[\(space)]+")

  init(_ about: About) {
    self.about = about
    end = about.end
    // By bytes, for Swift holds characters that look alike for equal.
    let known = about.pieces.enumerated().map { (Array($$1.utf8), Int32($$0)) }
    places = Dictionary(uniqueKeysWithValues: known)
    let merges = (about.merges ?? []).enumerated()
    ranks = Dictionary(uniqueKeysWithValues: merges.map { (Pair(one: $$1[0], other: $$1[1]), $$0) })
  }

  /// The tokens of a text. Throws `Unknown` for what the model does not know.
  func encode(_ text: String) throws -> [Int32] {
    switch about.tokenizer {
    case "characters":
      let unknown = text.unicodeScalars.filter { places[Array(String($$0).utf8)] == nil }
      guard unknown.isEmpty else { throw Unknown(characters: unknown.map(String.init)) }
      return text.unicodeScalars.map { places[Array(String($$0).utf8)]! }
    case "bytes":
      return text.utf8.map(Int32.init)
    default:
      let whole = NSRange(text.startIndex..., in: text)
      return Tokenizer.words.matches(in: text, range: whole).flatMap {
        joined(text[Range($$0.range, in: text)!].utf8.map(Int32.init))
      }
    }
  }

  /// The text of tokens, up to the one that ends it.
  func decode(_ tokens: [Int32]) -> String {
    let known = tokens.prefix { $$0 != end }.map { about.pieces[Int($$0)] }
    if about.tokenizer == "characters" { return known.joined() }
    let bytes = known.flatMap { $$0.unicodeScalars.map { UInt8($$0.value) } }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The same while the text is being written, without a last character that is not whole yet.
  func decodeSoFar(_ tokens: [Int32]) -> String {
    var text = decode(tokens)
    while text.last == "\u{FFFD}" { text.removeLast() }
    return text
  }

  private func joined(_ bytes: [Int32]) -> [Int32] {
    var tokens = bytes
    while tokens.count > 1 {
      let found = (0..<tokens.count - 1).map { rank(tokens, $$0) }
      guard let least = found.min(), least < Int.max else { break }
      let first = found.firstIndex(of: least)!
      let piece = about.pieces[Int(tokens[first])] + about.pieces[Int(tokens[first + 1])]
      tokens.replaceSubrange(first...first + 1, with: [places[Array(piece.utf8)]!])
    }
    return tokens
  }

  private func rank(_ tokens: [Int32], _ at: Int) -> Int {
    ranks[Pair(one: tokens[at], other: tokens[at + 1])] ?? Int.max
  }
}
