// Between texts and tokens, as the tokenizer in the model's metadata says.

const SPACE = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const WORDS = new RegExp(
  ` ?[\\p{L}\\p{M}]+| ?\\p{N}+| ?[^${SPACE}\\p{L}\\p{M}\\p{N}]+|[${SPACE}]+`, "gu");

export class Tokenizer {
  constructor({ tokenizer, end, pieces, merges = [] }) {
    Object.assign(this, { kind: tokenizer, end, pieces });
    this.places = new Map(pieces.map((piece, place) => [piece, place]));
    this.ranks = new Map(merges.map((pair, rank) => [pair.join(), rank]));
  }

  /** Return the tokens of a text. Throws an Error that names what the model does not know. */
  encode(text) {
    const unknown = [...new Set(text)].filter((char) => this.isUnknown(char));
    if (unknown.length) {
      const named = unknown.slice(0, 8).map((char) => `“${char}”`).join(", ");
      throw new Error(`The model does not know ${named}: leave it out.`);
    }
    if (this.kind === "characters") return [...text].map((char) => this.places.get(char));
    if (this.kind === "bytes") return bytes(text);
    return (text.match(WORDS) ?? []).flatMap((word) => this.joined(bytes(word)));
  }

  isUnknown(char) {
    return this.kind === "characters" ? !this.places.has(char) : /\p{Surrogate}/u.test(char);
  }

  /** Return the tokens of a word, whose bytes are joined pair by pair. */
  joined(tokens) {
    while (tokens.length > 1) {
      const ranks = tokens.slice(1).map((token, at) =>
        this.ranks.get(`${tokens[at]},${token}`) ?? Infinity);
      const least = Math.min(...ranks);
      if (least === Infinity) break;
      const at = ranks.indexOf(least);
      const piece = this.pieces[tokens[at]] + this.pieces[tokens[at + 1]];
      tokens.splice(at, 2, this.places.get(piece));
    }
    return tokens;
  }

  /** Return the text of tokens, up to the one that ends it. */
  decode(tokens) {
    const reader = this.reader();
    const ends = tokens.indexOf(this.end);
    const known = ends < 0 ? tokens : tokens.slice(0, ends);
    return known.map((token) => reader.next(token)).join("") + reader.rest();
  }

  /** Return what reads tokens as they come: a character comes when all its bytes have. */
  reader() {
    if (this.kind === "characters") return { next: (token) => this.pieces[token], rest: () => "" };
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const raw = (token) => Uint8Array.from(this.pieces[token], (char) => char.charCodeAt(0));
    return {
      next: (token) => decoder.decode(raw(token), { stream: true }),
      rest: () => decoder.decode(),
    };
  }
}

function bytes(text) {
  return [...new TextEncoder().encode(text)];
}
