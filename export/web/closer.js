// The chosen sample, large, and what its first latents do to it.

import { drawPicture } from "./picture.js";

const REACH = 3; // standard deviations at the ends of a slider

export class Closer {
  constructor(generator, settings) {
    Object.assign(this, { generator, settings, z: null, label: 0, given: {}, waiting: false });
    [this.canvas, this.title, this.reset, this.time] =
      ["picture", "closer-title", "reset", "decode-time"].map((id) => document.getElementById(id));
    this.sliders = Array.from({ length: settings.sliders }, (_, unit) => this.slider(unit));
    this.reset.hidden = settings.sliders === 0;
    this.reset.addEventListener("click", () =>
      this.show(this.seed, this.row, this.label, this.given));
  }

  /** Show sample `row` of `seed` as it is, with the sliders at its latents. */
  async show(seed, row, label = this.generator.turn(row), given = {}) {
    Object.assign(this, { seed, row, label, given });
    const name = this.settings.classes ? `, class ${this.settings.classes[label]}` : "";
    this.title.textContent = `Sample ${row} of seed ${seed}${name}`;
    this.canvas.setAttribute("aria-label", this.title.textContent);
    this.time.textContent = "";
    if (this.sliders.length) {
      this.z = (await this.generator.latents(seed, row, given)).values;
      this.sliders.forEach((slider, unit) => slider.set(this.z[unit]));
    }
    const { values } = await this.generator.generate(seed, row, label, given);
    drawPicture(this.canvas, values, this.settings);
  }

  slider(unit) {
    const id = `z${unit}`;
    const row = document.createElement("div");
    row.className = "slider";
    row.innerHTML = `<label for="${id}">z<sub>${unit}</sub></label>
      <input id="${id}" type="range" min="${-REACH}" max="${REACH}" step="0.01" value="0">
      <output for="${id}">0.00</output>`;
    const [, input, output] = row.children;
    const say = (value) => { output.textContent = value.toFixed(2).replace("-", "−"); };
    input.addEventListener("input", () => {
      this.z[unit] = input.valueAsNumber;
      say(input.valueAsNumber);
      this.bend();
    });
    document.getElementById("sliders").append(row);
    return { set: (value) => { input.value = value; say(value); } };
  }

  /** Decode the latents as they are when the next frame is drawn: one picture a frame. */
  bend() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(async () => {
      this.waiting = false;
      const { values, milliseconds } = await this.generator.decode(this.z, this.label);
      drawPicture(this.canvas, values, this.settings);
      this.time.textContent = `decoded in ${milliseconds.toFixed(2)} ms`;
    });
  }
}
