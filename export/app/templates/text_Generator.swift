// A call site for iOS: compile and test it in your app, it was not compiled by tfgen.
// Add $file to the bundle and TensorFlowLiteSwift to the project.
import Foundation
import TensorFlowLite

final class Generator {
  private let interpreter: Interpreter
  private let prefill: SignatureRunner
  private let decode: SignatureRunner
  private let tokenizer: Tokenizer
  private var cache = Data()

  init(path: String, tokenizer: Tokenizer) throws {
    self.tokenizer = tokenizer
    interpreter = try Interpreter(modelPath: path)
    prefill = try interpreter.signatureRunner(with: "prefill")
    decode = try interpreter.signatureRunner(with: "decode")
    try prefill.allocateTensors()
    try decode.allocateTensors()
  }

  /// Calls `each` with every token behind the prompt, up to `length` in all or the end of the text:
  /// collect them and show `tokenizer.decodeSoFar(tokens)`. The same seed, the same text.
  func write(
    _ prompt: String, length: Int = $length, seed: Int32 = 0, row: Int32 = 0,
    temperature: Float32 = 1, each: (Int32) -> Void
  ) throws {
    var tokens = try tokenizer.encode(prompt)
    precondition(tokens.count < length, "The prompt has \(tokens.count) tokens of \(length).")
$swift_limit    while tokens.count < length {
      // Beyond what the model sees at once, the last half of that is read again.
      let start = tokens.count < $length ? 0 : tokens.count - $half
      try read(Array(tokens[start...]))
      for place in (tokens.count - start)..<min($length, length - start) {
        let token = try step(tokens.last ?? 0, place, start, [seed, row], temperature)
        if token == tokenizer.end { return }
        tokens.append(token)
        each(token)
      }
    }
  }

  /// Fills the cache with what lies behind `known` tokens.
  private func read(_ known: [Int32]) throws {
    cache = Data(count: 4 * $cache)
    if known.isEmpty { return }
    let padded = known + Array(repeating: 0, count: $length - known.count)
    try prefill.copy(bytes(padded), toInputNamed: "tokens")
    try prefill.copy(bytes([Int32(known.count)]), toInputNamed: "count")
    try prefill.invoke()
    cache = try prefill.output(named: "cache").data
  }

  /// The token at a place, where `previous` stands before it.
  private func step(
    _ previous: Int32, _ place: Int, _ start: Int, _ seed: [Int32], _ temperature: Float32
  ) throws -> Int32 {
    try decode.copy(bytes([previous]), toInputNamed: "token")
    try decode.copy(bytes([Int32(place)]), toInputNamed: "position")
    try decode.copy(cache, toInputNamed: "cache")
    try decode.copy(bytes(seed), toInputNamed: "seed")
    try decode.copy(bytes([temperature]), toInputNamed: "temperature")$swift_start
    try decode.invoke()
    cache = try decode.output(named: "cache").data
    return try decode.output(named: "token").data.withUnsafeBytes { $$0.load(as: Int32.self) }
  }

  private func bytes<Value>(_ values: [Value]) -> Data {
    values.withUnsafeBufferPointer { Data(buffer: $$0) }
  }
}
