// A call site for Android: compile and test it in your app, it was not compiled by tfgen.
// Put $file into src/main/assets and add LiteRT's Interpreter (com.google.ai.edge.litert:litert).
import java.nio.ByteBuffer
import java.nio.FloatBuffer
import org.tensorflow.lite.Interpreter

class Generator(model: ByteBuffer, threads: Int = 1) : AutoCloseable {
    private val interpreter =
        Interpreter(model, Interpreter.Options().setNumThreads(threads))

    /** Example [row] of [seed]: $shape $values. */
    fun generate(seed: Int, row: Int$kotlin_arguments): $kotlin_type {
        val inputs = mapOf<String, Any>(
            "seed" to Array($batch) { intArrayOf(seed, row + it) }$kotlin_inputs,
        )
        val drawn = $kotlin_buffer.allocate($count)
        interpreter.runSignature(inputs, mutableMapOf<String, Any>("$output" to drawn), "generate")
        return drawn.array()
    }

    override fun close() = interpreter.close()
}
