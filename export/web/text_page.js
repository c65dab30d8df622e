// The page: a prompt is written on, token by token.

import { Writer } from "./writer.js";

const PATIENCE = 25; // milliseconds before the browser may draw again
const settings = JSON.parse(document.getElementById("settings").textContent);
const find = (id) => document.getElementById(id);
const [promptBox, seedBox, lengthBox, heat, text, time, error] =
  ["prompt", "seed", "length", "temperature", "text", "time", "error"].map(find);
let writing = 0; // the number of the text that may still be written; 0: none

/** For the console and for tests: `(await tfgen).write(tokens, { seed })`. */
globalThis.tfgen = globalThis.tfgenPage.works ? Writer.load(settings) : new Promise(() => {});
start().catch((failure) => globalThis.tfgenPage.say(failure.message));

async function start() {
  lengthBox.value = settings.beyond ? 2 * settings.window : settings.window;
  if (!settings.beyond) lengthBox.max = settings.window;
  readAddress();
  sayHeat();
  const writer = await globalThis.tfgen;
  for await (const _ of writer.write([], { length: 1 })); // the first run allocates
  heat.addEventListener("input", sayHeat);
  find("controls").addEventListener("submit", (event) => {
    event.preventDefault();
    write(writer).catch((failure) => globalThis.tfgenPage.say(failure.message));
  });
  find("random").addEventListener("click", () => {
    seedBox.value = crypto.getRandomValues(new Uint32Array(1))[0] % 1_000_000;
    find("controls").requestSubmit();
  });
  find("stop").addEventListener("click", () => { writing = 0; });
  for (const button of document.querySelectorAll("button")) button.disabled = false;
  find("stop").disabled = true;
  time.textContent = "Ready.";
  document.documentElement.dataset.state = "ready";
}

let count = 0;

async function write(writer) {
  const order = ordered(writer.tokenizer);
  error.hidden = !order.refusal;
  error.textContent = order.refusal ?? "";
  if (order.refusal) return;
  const mine = writing = ++count;
  find("stop").disabled = false;
  text.dataset.state = "writing";
  writeAddress();
  const prompt = document.createElement("b");
  prompt.textContent = promptBox.value;
  text.replaceChildren(prompt);
  const reader = writer.tokenizer.reader();
  const before = writer.milliseconds;
  let [tokens, pause] = [0, performance.now()];
  for await (const token of writer.write(order.tokens, order)) {
    if (mine !== writing) break;
    text.append(reader.next(token));
    tokens += 1;
    if (performance.now() - pause < PATIENCE) continue;
    say(tokens, writer.milliseconds - before);
    await new Promise((resume) => setTimeout(resume)); // the page stays usable
    pause = performance.now();
  }
  if (mine !== count) return; // another text is being written
  text.append(reader.rest());
  say(tokens, writer.milliseconds - before);
  writing = 0;
  find("stop").disabled = true;
  text.dataset.state = "written";
}

/** Return what is to be written, or { refusal: why it can't be }. */
function ordered(tokenizer) {
  const [seed, length] = [seedBox.valueAsNumber, lengthBox.valueAsNumber];
  if (seed !== (seed | 0)) {
    return { refusal: "A seed is a whole number from −2147483648 to 2147483647." };
  }
  const most = settings.beyond ? 1e6 : settings.window;
  if (!(length >= 1 && length <= most && Number.isInteger(length))) {
    return { refusal: `A length is a whole number from 1 to ${most}.` };
  }
  let tokens;
  try {
    tokens = tokenizer.encode(promptBox.value);
  } catch (failure) {
    return { refusal: failure.message };
  }
  if (tokens.length >= length) {
    const have = `The prompt has ${tokens.length} tokens and the text ${length}`;
    return { refusal: `${have}: shorten the prompt${settings.beyond ? " or ask for more" : ""}.` };
  }
  return { tokens, seed, length, temperature: Number(heat.value) };
}

function say(tokens, spent) {
  const each = (spent / Math.max(1, tokens)).toFixed(2);
  time.textContent = `${tokens} tokens in ${(spent / 1000).toFixed(2)} s, ${each} ms each`;
}

function sayHeat() {
  find("heat").textContent = Number(heat.value).toFixed(2);
}

/** The address holds all that the text depends on, so that a link shows the same one. */
function readAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  for (const box of [promptBox, seedBox, lengthBox, heat]) {
    if (address.has(box.id)) box.value = address.get(box.id);
  }
}

function writeAddress() {
  const boxes = [promptBox, seedBox, lengthBox, heat];
  const address = new URLSearchParams(boxes.map((box) => [box.id, box.value]));
  history.replaceState(null, "", `#${address}`);
}
