// The model on this device: pictures from seeds or from latents, as in Python.
//
// Row i of seed s is drawn from the two int32 words [s, i], so that picture i here is picture i of
// `model.sample(count, seed=s)`.

import { compiled, importRuntime } from "./loading.js";

export class Generator {
  /** Load the runtime and the model that `settings` name. Throws an Error in words. */
  static async load(settings) {
    const litert = await importRuntime(settings.runtime);
    const [model, latents] = await Promise.all(
      [settings.model, settings.latents?.file].map((file) => file && compiled(litert, file)),
    );
    return new Generator(litert.Tensor, settings, model, latents);
  }

  constructor(Tensor, settings, model, latents) {
    Object.assign(this, { Tensor, settings, model, latentsModel: latents });
  }

  // Each of these resolves to { values: Float32Array, milliseconds: spent in the model }.

  /** Return picture `row` of `seed`, with `given` in place of defaults, such as { truncation }. */
  async generate(seed, row = 0, label = this.turn(row), given = {}) {
    const filled = this.filled(Object.keys(this.settings.defaults), given);
    const inputs = { seed: [[seed, row], [1, 2]], ...this.labelled(label), ...filled };
    return this.run(this.model, "generate", inputs);
  }

  /** Return the latents of picture `row` of `seed`, with `given` as for `generate`. */
  async latents(seed, row = 0, given = {}) {
    const filled = this.filled(this.settings.latents.truncated ? ["truncation"] : [], given);
    return this.run(this.latentsModel, "latents", { seed: [[seed, row], [1, 2]], ...filled });
  }

  /** Return the picture of the latents `z`: [height * width * channels] values. */
  async decode(z, label = 0) {
    const latents = [Float32Array.from(z), [1, z.length]];
    return this.run(this.model, "decode", { z: latents, ...this.labelled(label) });
  }

  /** Return the class of picture `row` when the classes take turns. */
  turn(row) {
    return this.settings.classes ? row % this.settings.classes.length : 0;
  }

  filled(names, given) {
    const values = { ...this.settings.defaults, ...given };
    return Object.fromEntries(names.map((name) => [name, [Float32Array.of(values[name]), [1]]]));
  }

  labelled(label) {
    return this.settings.classes ? { label: [[label], [1]] } : {};
  }

  async run(model, signature, inputs) {
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, [data, shape]]) => {
        const typed = data instanceof Float32Array ? data : Int32Array.from(data);
        return [name, new this.Tensor(typed, shape)];
      }),
    );
    const began = performance.now();
    const [output] = Object.values(await model.run(signature, tensors));
    const milliseconds = performance.now() - began;
    const values = await output.data();
    for (const tensor of [output, ...Object.values(tensors)]) tensor.delete(); // wasm memory
    return { values, milliseconds };
  }
}
