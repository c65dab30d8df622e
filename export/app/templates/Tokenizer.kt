// Between texts and tokens: compile and test it in your app, it was not compiled by tfgen.
// Tokenizer(JSONObject(text of app.json)) has all that it needs.
import org.json.JSONObject

class Tokenizer(about: JSONObject) {
    private val kind = about.getString("tokenizer")
    val end = about.getInt("end")
    private val pieces = about.getJSONArray("pieces").let { all -> List(all.length()) { all.getString(it) } }
    private val places = pieces.withIndex().associate { (place, piece) -> piece to place }
    private val ranks = about.optJSONArray("merges")?.let { all ->
        (0 until all.length()).associateBy { rank ->
            all.getJSONArray(rank).let { it.getInt(0) to it.getInt(1) }
        }
    } ?: emptyMap()

    /** The tokens of a text. Throws IllegalArgumentException for what the model does not know. */
    fun encode(text: String): List<Int> {
        val characters = text.codePoints().toArray().map { String(Character.toChars(it)) }
        val unknown = characters.filter { if (kind == "characters") it !in places else isHalf(it) }
        require(unknown.isEmpty()) { "The model does not know $${unknown.distinct().take(8)}: leave it out." }
        return when (kind) {
            "characters" -> characters.map(places::getValue)
            "bytes" -> bytesOf(text)
            else -> WORDS.findAll(text).flatMap { joined(bytesOf(it.value)) }.toList()
        }
    }

    /** The text of tokens, up to the one that ends it. */
    fun decode(tokens: List<Int>): String {
        val joined = tokens.takeWhile { it != end }.joinToString("") { pieces[it] }
        return if (kind == "characters") joined else String(joined.toByteArray(Charsets.ISO_8859_1), Charsets.UTF_8)
    }

    /** The same while the text is being written, without a last character that is not whole yet. */
    fun decodeSoFar(tokens: List<Int>) = decode(tokens).trimEnd('\uFFFD')

    private fun bytesOf(text: String) = text.toByteArray(Charsets.UTF_8).map { it.toInt() and 0xFF }

    private fun isHalf(character: String) = character.length == 1 && character[0].isSurrogate()

    private fun joined(bytes: List<Int>): List<Int> {
        val tokens = bytes.toMutableList()
        while (tokens.size > 1) {
            val first = (0 until tokens.size - 1).minByOrNull { rank(tokens, it) }!!
            if (rank(tokens, first) == Int.MAX_VALUE) break
            tokens[first] = places.getValue(pieces[tokens[first]] + pieces[tokens.removeAt(first + 1)])
        }
        return tokens
    }

    private fun rank(tokens: List<Int>, at: Int) = ranks[tokens[at] to tokens[at + 1]] ?: Int.MAX_VALUE

    private companion object {
        const val SPACE = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
        val WORDS = Regex(" ?[\\p{L}\\p{M}]+| ?\\p{N}+| ?[^$$SPACE\\p{L}\\p{M}\\p{N}]+|[$$SPACE]+")
    }
}
