// A call site for iOS: compile and test it in your app, it was not compiled by tfgen.
// Add $file to the bundle and TensorFlowLiteSwift to the project.
import Foundation
import TensorFlowLite

final class Generator {
  private let interpreter: Interpreter
  private let runner: SignatureRunner

  init(path: String) throws {
    interpreter = try Interpreter(modelPath: path)
    runner = try interpreter.signatureRunner(with: "generate")
    try runner.allocateTensors()
  }

  /// Example `row` of `seed`: $shape $values.
  func generate(seed: Int32, row: Int32$swift_arguments) throws -> [$swift_type] {
    try copy((0..<$batch).flatMap { [seed, row + $$0] }, "seed")$swift_inputs
    try runner.invoke()
    let data = try runner.output(named: "$output").data
    return data.withUnsafeBytes { Array($$0.bindMemory(to: $swift_type.self)) }
  }

  private func copy<Value>(_ values: [Value], _ name: String) throws {
    try runner.copy(values.withUnsafeBufferPointer { Data(buffer: $$0) }, toInputNamed: name)
  }
}
