// A call site for Android: compile and test it in your app, it was not compiled by tfgen.
// Put $file into src/main/assets and add LiteRT's Interpreter (com.google.ai.edge.litert:litert).
import java.nio.ByteBuffer
import java.nio.FloatBuffer
import org.tensorflow.lite.Interpreter

class Generator(model: ByteBuffer, threads: Int = 1) : AutoCloseable {
    private val interpreter =
        Interpreter(model, Interpreter.Options().setNumThreads(threads))

    /** Image [row] of [seed], $shape values from $black (black) to $white (white). */
    fun generate(seed: Int, row: Int$kotlin_label): $kotlin_type {
        val inputs = mapOf<String, Any>(
            "seed" to Array($batch) { intArrayOf(seed, row + it) }$kotlin_input,
        )
        val images = $kotlin_buffer.allocate($count)
        interpreter.runSignature(inputs, mutableMapOf<String, Any>("images" to images), "generate")
        return images.array()
    }

    override fun close() = interpreter.close()
}
