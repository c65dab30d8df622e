// The page: a seed becomes a grid of samples; the chosen one is bent by its latents.

import { Closer } from "./closer.js";
import { Generator } from "./generator.js";
import { drawPicture } from "./picture.js";

const PICTURES = 16;
const settings = JSON.parse(document.getElementById("settings").textContent);
const [seedBox, classBox, grid, time, more, random, error] =
  ["seed", "class", "grid", "time", "more", "random", "seed-error"].map((id) =>
    document.getElementById(id));
const truncation = document.getElementById("truncation");
const controls = document.getElementById("controls");
let drawing = 0; // the number of the drawing that may still touch the grid
let shown = { seed: 0, count: 0 };

/** For the console and for tests: `(await tfgen).generate(seed, row, label)`. */
globalThis.tfgen = globalThis.tfgenPage.works ? Generator.load(settings) : new Promise(() => {});
start().catch((failure) => globalThis.tfgenPage.say(failure.message));

async function start() {
  offerClasses();
  offerTruncation();
  readAddress();
  addTiles(PICTURES);
  const generator = await globalThis.tfgen;
  const closer = new Closer(generator, settings);
  await generator.generate(0); // the first run allocates
  const redraw = () => draw(generator, closer);
  controls.addEventListener("submit", (event) => { event.preventDefault(); redraw(); });
  classBox.addEventListener("change", redraw);
  truncation.addEventListener("change", redraw);
  random.addEventListener("click", () => { seedBox.value = randomSeed(); redraw(); });
  more.addEventListener("click", () => extend(generator));
  grid.addEventListener("change", (event) => choose(closer, Number(event.target.value)));
  for (const button of document.querySelectorAll("button")) button.disabled = false;
  await redraw();
  document.documentElement.dataset.state = "ready";
}

async function draw(generator, closer) {
  const seed = seedBox.valueAsNumber;
  const valid = seed === (seed | 0); // a whole number of 32 bits
  error.hidden = valid;
  error.textContent = valid ? "" : "A seed is a whole number from −2147483648 to 2147483647.";
  seedBox.setAttribute("aria-invalid", String(!valid));
  if (!valid) return;
  shown = { seed, count: PICTURES };
  grid.querySelectorAll("label").forEach((tile, row) => row >= PICTURES && tile.remove());
  writeAddress(seed);
  const chosen = grid.querySelector("input:checked") ?? grid.querySelector("input");
  chosen.checked = true;
  await fill(generator, 0);
  await choose(closer, Number(chosen.value));
}

async function extend(generator) {
  addTiles(PICTURES);
  shown.count += PICTURES;
  await fill(generator, shown.count - PICTURES);
}

/** Draw the samples from number `first` on, and say how long they took. */
async function fill(generator, first) {
  const mine = ++drawing;
  const canvases = grid.querySelectorAll("canvas");
  let [spent, pause] = [0, performance.now()];
  for (let row = first; row < shown.count; row++) {
    const { values, milliseconds } = await generator.generate(shown.seed, row, label(), given());
    spent += milliseconds;
    if (performance.now() - pause > 30) { // slow models must not freeze the page
      await new Promise(requestAnimationFrame);
      pause = performance.now();
    }
    if (mine !== drawing) return;
    drawPicture(canvases[row], values, settings);
  }
  const count = shown.count - first;
  const each = (spent / count).toFixed(2);
  time.textContent = `${count} pictures in ${spent.toFixed(1)} ms, ${each} ms each`;
}

async function choose(closer, row) {
  await closer.show(shown.seed, row, label(), given());
}

/** Return the chosen class, or undefined: all in turn. */
function label() {
  return classBox.value === "" ? undefined : Number(classBox.value);
}

/** Return what is given in place of defaults: a slider at its right end truncates nothing. */
function given() {
  return Number(truncation.value) < Number(truncation.max) && "truncation" in settings.defaults
    ? { truncation: Number(truncation.value) } : {};
}

function addTiles(count) {
  const first = grid.querySelectorAll("label").length;
  for (let row = first; row < first + count; row++) {
    const tile = document.createElement("label");
    const radio = document.createElement("input");
    Object.assign(radio, { type: "radio", name: "sample", value: row });
    radio.setAttribute("aria-label", `Sample ${row}`);
    const canvas = document.createElement("canvas");
    [canvas.height, canvas.width] = settings.shape;
    tile.append(radio, canvas);
    grid.append(tile);
  }
}

function offerClasses() {
  if (!settings.classes) return;
  document.getElementById("class-field").hidden = false;
  settings.classes.forEach((name, index) => classBox.add(new Option(name, index)));
}

function offerTruncation() {
  if (!("truncation" in settings.defaults)) return;
  document.getElementById("truncation-field").hidden = false;
  truncation.addEventListener("input", sayTruncation);
}

function sayTruncation() {
  const size = given().truncation;
  document.getElementById("truncation-size").textContent = size?.toFixed(2) ?? "none";
}

function randomSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0] % 1_000_000;
}

/** The address holds seed, class and truncation, so that a link shows the same pictures. */
function readAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  if (address.has("seed")) seedBox.value = address.get("seed");
  if (address.has("class")) classBox.value = address.get("class");
  if (address.has("truncation")) truncation.value = address.get("truncation");
  sayTruncation();
}

function writeAddress(seed) {
  const chosen = settings.classes && classBox.value !== "" ? `&class=${classBox.value}` : "";
  const size = given().truncation;
  const cut = size === undefined ? "" : `&truncation=${size}`;
  history.replaceState(null, "", `#seed=${seed}${chosen}${cut}`);
}
