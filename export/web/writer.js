// The model on this device: a text, token by token, as in Python.
//
// Text `row` of seed s is written from the two int32 words [s, row], so that it is text `row` of
// `model.sample(count, seed=s)`.

import { compiled, importRuntime } from "./loading.js";
import { Tokenizer } from "./tokenizer.js";

export class Writer {
  /** Load the runtime and the model that `settings` name. Throws an Error in words. */
  static async load(settings) {
    const litert = await importRuntime(settings.runtime);
    return new Writer(litert.Tensor, settings, await compiled(litert, settings.model));
  }

  constructor(Tensor, settings, model) {
    Object.assign(this, { Tensor, model, window: settings.window, beyond: settings.beyond });
    this.cacheShape = settings.cache;
    this.tokenizer = new Tokenizer(settings.tokenizer);
    this.milliseconds = 0; // spent in the model so far
  }

  /** Yield the tokens behind those of the prompt, up to `length` in all or the end of the text. */
  async *write(prompt, { length = this.window, seed = 0, row = 0, temperature = 1 } = {}) {
    const tokens = [...prompt];
    while (tokens.length < length) {
      // Beyond what the model sees at once, the last half of that is read again.
      const half = Math.floor(this.window / 2);
      const start = tokens.length < this.window ? 0 : tokens.length - half;
      const stop = Math.min(this.window, length - start);
      let cache = await this.read(tokens.slice(start));
      try {
        for (let place = tokens.length - start; place < stop; place++) {
          const given = { token: tokens.at(-1) ?? 0, position: place, start, temperature };
          const found = await this.next(given, [seed, row], cache);
          cache.delete();
          cache = found.cache;
          if (found.token === this.tokenizer.end) return;
          tokens.push(found.token);
          yield found.token;
        }
      } finally {
        cache.delete(); // wasm memory
      }
    }
  }

  /** Return the cache behind tokens, a Tensor. */
  async read(tokens) {
    if (!tokens.length) {
      const size = this.cacheShape.reduce((product, axis) => product * axis, 1);
      return new this.Tensor(new Float32Array(size), this.cacheShape);
    }
    const row = new Int32Array(this.window);
    row.set(tokens);
    const { logits, cache } = await this.run("prefill", {
      tokens: new this.Tensor(row, [1, this.window]),
      count: new this.Tensor(Int32Array.of(tokens.length), [1]),
    });
    logits.delete();
    return cache;
  }

  /** Return the token at a place, and the new cache, a Tensor. */
  async next({ token, position, start, temperature }, seed, cache) {
    const whole = { token, position, ...(this.beyond ? { start } : {}) };
    const entries = Object.entries(whole).map(([name, value]) =>
      [name, new this.Tensor(Int32Array.of(value), [1])]);
    const inputs = {
      ...Object.fromEntries(entries),
      seed: new this.Tensor(Int32Array.from(seed), [1, 2]),
      temperature: new this.Tensor(Float32Array.of(temperature), [1]),
    };
    const found = await this.run("decode", inputs, { cache });
    const [next] = await found.token.data();
    found.token.delete();
    found.logits.delete();
    return { token: next, cache: found.cache };
  }

  /** Run a signature; `inputs` are deleted, those in `kept` are not. */
  async run(signature, inputs, kept = {}) {
    const began = performance.now();
    const outputs = await this.model.run(signature, { ...inputs, ...kept });
    this.milliseconds += performance.now() - began;
    for (const tensor of Object.values(inputs)) tensor.delete();
    return outputs;
  }
}
