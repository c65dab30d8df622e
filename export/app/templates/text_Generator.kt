// A call site for Android: compile and test it in your app, it was not compiled by tfgen.
// Put $file into src/main/assets and add LiteRT's Interpreter (com.google.ai.edge.litert:litert).
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.FloatBuffer
import org.tensorflow.lite.Interpreter

class Generator(model: ByteBuffer, private val tokenizer: Tokenizer, threads: Int = 1) : AutoCloseable {
    private val interpreter =
        Interpreter(model, Interpreter.Options().setNumThreads(threads))
    private var cache = floats($cache)
    private var next = floats($cache)
    private val logits = floats($vocabulary)

    /**
     * The tokens behind [prompt], up to [length] in all or the end of the text, as they are written:
     * collect them in a list and show `tokenizer.decodeSoFar(list)`. The same seed, the same text.
     */
    fun write(
        prompt: String, length: Int = $length, seed: Int = 0, row: Int = 0, temperature: Float = 1f,
    ): Sequence<Int> = sequence {
        val tokens = tokenizer.encode(prompt).toMutableList()
        require(tokens.size < length) { "The prompt has $${tokens.size} tokens of $$length: shorten it." }
$kotlin_limit        while (tokens.size < length) {
            // Beyond what the model sees at once, the last half of that is read again.
            val start = if (tokens.size < $length) 0 else tokens.size - $half
            read(tokens.drop(start))
            for (place in tokens.size - start until minOf($length, length - start)) {
                val token = step(tokens.lastOrNull() ?: 0, place, start, seed, row, temperature)
                if (token == tokenizer.end) return@sequence
                tokens += token
                yield(token)
            }
        }
    }

    /** Fills the cache with what lies behind [known] tokens. */
    private fun read(known: List<Int>) {
        cache.put(FloatArray(cache.capacity())).rewind()
        if (known.isEmpty()) return
        val inputs = mapOf<String, Any>(
            "tokens" to arrayOf(IntArray($length) { known.getOrElse(it) { 0 } }),
            "count" to intArrayOf(known.size),
        )
        run("prefill", inputs, mapOf("logits" to logits, "cache" to cache))
    }

    /** The token at a place, where [previous] stands before it. */
    private fun step(previous: Int, place: Int, start: Int, seed: Int, row: Int, temperature: Float): Int {
        val inputs = mapOf<String, Any>(
            "token" to intArrayOf(previous), "position" to intArrayOf(place), "cache" to cache,
            "seed" to arrayOf(intArrayOf(seed, row)), "temperature" to floatArrayOf(temperature),$kotlin_start
        )
        val token = ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder()).asIntBuffer()
        run("decode", inputs, mapOf("token" to token, "logits" to logits, "cache" to next))
        cache = next.also { next = cache }
        return token[0]
    }

    private fun run(signature: String, inputs: Map<String, Any>, outputs: Map<String, Any>) {
        interpreter.runSignature(inputs, outputs.toMutableMap(), signature)
        for (buffer in outputs.values) (buffer as java.nio.Buffer).rewind()
    }

    private fun floats(count: Int): FloatBuffer =
        ByteBuffer.allocateDirect(4 * count).order(ByteOrder.nativeOrder()).asFloatBuffer()

    override fun close() = interpreter.close()
}
