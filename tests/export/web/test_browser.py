"""Exported pages in a real browser: the same pictures as in Python, and not a word to anyone."""

import base64
import io
import shutil

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from conformance import fitting, table
from PIL import Image
from tfgen.export import to_web

import tfgen
from tfgen import networks, sampling

SEED, COUNT = 7, 16
SHOTS = """
for (const scheme of ["light", "dark"])
  for (const [size, width, height] of [["desktop", 1280, 900], ["phone", 390, 844]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height });
    await shoot(`NAME-${size}-${scheme}.png`);
  }
"""
DRAW = """
await page.fill("#seed", "7");
await page.press("#seed", "Enter");
await page.waitForFunction(() => document.querySelector("#closer-title").textContent
  .startsWith("Sample 0 of seed 7"));
"""
READ = """
const floats = await page.evaluate(async () => {
  const generator = await tfgen;
  const rows = [...Array(16).keys()];
  const read = async (promise) => [...(await promise).values];
  const pictures = [], latents = [], decoded = [];
  for (const row of rows) {
    pictures.push(await read(generator.generate(7, row)));
    latents.push(await read(generator.latents(7, row)));
    decoded.push(await read(generator.decode(latents[row], generator.turn(row))));
  }
  return { pictures, latents, decoded };
});
"""
SCREEN = """
await page.setViewportSize({ width: 1280, height: 1200 });
const screen = async (selector) => {
  const boxes = await page.locator(selector).evaluateAll((found) => found.map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [x, y, width, height];
  }));
  return { boxes, png: (await page.screenshot()).toString("base64") };
};
"""


@pytest.fixture(scope="module")
def real_page(toy, node_modules, tmp_path_factory):
    runtime = node_modules / "@litertjs" / "core"
    folder = tmp_path_factory.mktemp("toy")
    return to_web(toy, folder, runtime=runtime, title="Toy", value_range=(0.0, 1.0)).parent


def _by_litert(path, **inputs):
    """The answers of `generate` by LiteRT in Python, row by row."""
    runner = Interpreter(str(path)).get_signature_runner("generate")
    count = len(inputs["seed"])
    rows = [runner(**{k: v[i : i + 1] for k, v in inputs.items()}) for i in range(count)]
    return np.concatenate([row["images"] for row in rows])


def _seen(screen, shape):
    """The pictures on a screenshot, uint8 [count, h, w, 3]: the middles of their pixels."""
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(screen["png"]))).convert("RGB"))
    height, width = shape
    pictures = []
    for x, y, across, down in screen["boxes"]:
        rows = (y + (np.arange(height) + 0.5) * down / height).astype(int)
        columns = (x + (np.arange(width) + 0.5) * across / width).astype(int)
        pictures.append(pixels[rows[:, None], columns[None, :]])
    return np.stack(pictures)


def _drawn(images, low, high):
    """The same as Python draws it."""
    shades = np.round(255 * np.clip((images - low) / (high - low), 0, 1)).astype(int)
    return shades.repeat(3 // images.shape[-1], axis=-1)


def _check(visit, page, shape, expected, z, value_range, name):
    steps = DRAW + SHOTS.replace("NAME", name) + READ + SCREEN
    steps += 'return { ...floats, grid: await screen("#grid canvas"), '
    steps += 'large: await screen("#picture"), time: await page.textContent("#time") };'
    visited = visit(page, steps)
    answer = visited["answer"]
    for kind in ("pictures", "decoded"):
        np.testing.assert_allclose(np.reshape(answer[kind], expected.shape), expected, atol=1e-5)
    np.testing.assert_allclose(answer["latents"], z, atol=1e-6)
    drawn = _drawn(expected, *value_range)
    np.testing.assert_allclose(_seen(answer["grid"], shape), drawn, atol=1)
    np.testing.assert_allclose(_seen(answer["large"], shape), drawn[:1], atol=1)
    assert answer["time"].startswith("16 pictures in ")
    hosts = {request.split("/")[2].split(":")[0] for request in visited["requests"]}
    assert hosts == {"127.0.0.1"}
    return answer


def test_the_same_seed_is_the_same_picture_in_the_browser(toy, real_page, visit):
    seeds = sampling.seeds(SEED, COUNT).numpy()
    expected = _by_litert(real_page / "float32.tflite", seed=seeds)
    keras = toy.endpoints()["generate"](seed=seeds)["images"]
    np.testing.assert_allclose(expected, keras, atol=1e-5)
    z = sampling.normal(seeds, (6,))
    answer = _check(visit, real_page, (16, 16), expected, z, (0.0, 1.0), "toy")
    difference = np.abs(np.reshape(answer["pictures"], expected.shape) - expected).max()
    print(f"largest difference between browser and Python: {difference:.1e}")


def test_classes_and_colours(node_modules, visit, tmp_path):
    generator = networks.dcgan_generator(3, (8, 8, 3), width=4, num_classes=3)
    discriminator = networks.dcgan_discriminator((8, 8, 3), 4, num_classes=3)
    gan = tfgen.GAN(generator, discriminator, 3, tfgen.losses.hinge, num_classes=3)
    for weight in gan.generator.weights:  # pictures of some contrast
        weight.assign(weight + 0.3 * sampling.normal([[1, 2]], tuple(weight.shape))[0])
    runtime = node_modules / "@litertjs" / "core"
    page = to_web(gan, tmp_path / "page", runtime=runtime, class_names=["a", "b", "c"]).parent
    seeds, turns = sampling.seeds(SEED, COUNT).numpy(), np.arange(COUNT, dtype=np.int32) % 3
    whole = np.full(COUNT, 1e3, np.float32)
    expected = _by_litert(page / "float32.tflite", seed=seeds, label=turns, truncation=whole)
    np.testing.assert_allclose(expected, gan.sample(COUNT, SEED, labels=turns), atol=1e-5)
    assert expected.std() > 0.1
    z = sampling.normal(seeds, (3,))
    _check(visit, page, (8, 8), expected, z, (-1.0, 1.0), "classes")
    chosen = visit(
        page,
        DRAW + SCREEN + 'await page.selectOption("#class", { label: "b" });'
        'await page.waitForFunction(() => document.querySelector("#closer-title").textContent'
        '.endsWith("class b")); return await screen("#grid canvas");',
    )["answer"]
    expected = gan.sample(COUNT, SEED, labels=np.ones(COUNT, np.int32)).numpy()
    np.testing.assert_allclose(_seen(chosen, (8, 8)), _drawn(expected, -1.0, 1.0), atol=1)
    cut = visit(
        page,
        DRAW
        + SCREEN
        + """
        await page.evaluate(() => {
          const slider = document.querySelector("#truncation");
          slider.value = 0.5;
          slider.dispatchEvent(new Event("input"));
          slider.dispatchEvent(new Event("change"));
        });
        await page.waitForFunction(() => location.hash.includes("truncation=0.5"));
        await page.evaluate(async () => (await tfgen).latents(0)); // behind what is drawn
        return await screen("#grid canvas");""",
    )["answer"]
    expected = gan.sample(COUNT, SEED, labels=turns, truncation=0.5).numpy()
    np.testing.assert_allclose(_seen(cut, (8, 8)), _drawn(expected, -1.0, 1.0), atol=1)


@pytest.mark.parametrize("name", ["generator-causal", "generator-masked"])
def test_token_generators_write_the_same_in_the_browser(name, node_modules, visit, tmp_path):
    model = fitting.fitted(table.ROWS[name])
    runtime = node_modules / "@litertjs" / "core"
    page = to_web(model, tmp_path / "page", runtime=runtime).parent
    seen = visit(page, DRAW + SCREEN + 'return await screen("#grid canvas");')["answer"]
    turns = np.arange(COUNT, dtype=np.int32) % model.num_classes
    expected = model.sample(COUNT, SEED, labels=turns).numpy()
    assert expected.std(axis=0).max() > 0.01  # not all alike
    np.testing.assert_allclose(_seen(seen, (8, 8)), _drawn(expected, 0.0, 1.0), atol=1)


def test_keyboard_sliders_more_and_links(toy, real_page, visit):
    steps = """
    const title = () => page.textContent("#closer-title");
    const large = () => page.evaluate(() => [...document.querySelector("#picture")
      .getContext("2d").getImageData(0, 0, 16, 16).data].filter((_, i) => i % 4 === 0));
    const before = await large();
    await page.focus("#grid input:checked");
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => document.querySelector("#closer-title").textContent
      .startsWith("Sample 1"));
    const sample = await large();
    await page.focus("#z0");
    await page.keyboard.press("End");
    await page.waitForFunction(() => document.querySelector("#decode-time").textContent);
    const bent = await large();
    await page.click("#reset");
    await page.waitForFunction(() => !document.querySelector("#decode-time").textContent);
    const reset = await large();
    await page.click("#more");
    await page.waitForFunction(() => document.querySelectorAll("#grid canvas").length === 32);
    await page.fill("#seed", "2147483648");
    await page.press("#seed", "Enter");
    const refused = await page.textContent("#seed-error");
    return { before, sample, bent, reset, refused, title: await title() };
    """
    answer = visit(real_page, steps, None)["answer"]
    seeds = sampling.seeds(0, 2).numpy()
    decode = toy.endpoints()["decode"]
    z = sampling.normal(seeds, (6,)).numpy()
    z[:, 0] = [z[0, 0], 3.0]
    samples = toy.endpoints()["generate"](seed=seeds)["images"].numpy()
    wanted = {
        "before": samples[0],
        "sample": samples[1],
        "bent": decode(z=z)["images"].numpy()[1],
        "reset": samples[1],
    }
    for name, image in wanted.items():
        np.testing.assert_allclose(answer[name], _drawn(image, 0.0, 1.0)[..., 0].ravel(), atol=1)
    assert np.abs(samples[1] - wanted["bent"]).max() > 0.1
    assert answer["title"] == "Sample 1 of seed 0" and "whole number" in answer["refused"]


def test_a_link_holds_the_seed(real_page, visit):
    steps = """
    await page.goto(page.url().split("#")[0] + "?again#seed=-5");
    await page.locator("html[data-state=ready]").waitFor();
    return page.textContent("#closer-title");
    """
    assert visit(real_page, steps)["answer"] == "Sample 0 of seed -5"


@pytest.mark.parametrize("guarded", [True, False])
def test_the_policy_keeps_scripts_from_other_servers(guarded, real_page, visit, tmp_path):
    folder = tmp_path / "page"
    shutil.copytree(real_page, folder)
    if not guarded:  # then the request is made: the test would see one
        text = (folder / "index.html").read_text()
        kept = [line for line in text.splitlines() if "Content-Security-Policy" not in line]
        (folder / "index.html").write_text("\n".join(kept))
    steps = 'return page.evaluate(() => fetch("http://elsewhere.example/").then(String, String));'
    asked = [place for place in visit(folder, steps)["strays"] if "elsewhere.example" in place]
    assert asked == ([] if guarded else ["http://elsewhere.example/"])


NOTICE = 'await shoot("NAME.png"); return await page.textContent("#notice");'


def test_what_is_missing_is_said_in_the_page(real_page, visit, tmp_path):
    broken = {"float32.tflite": "The model float32.tflite did not load: 404",
              "page.js": "A part of this page is missing",
              "runtime/core/dist/index.js": "The runtime did not load from"}  # fmt: skip
    for number, (name, message) in enumerate(broken.items()):
        folder = tmp_path / str(number)
        shutil.copytree(real_page, folder)
        (folder / name).unlink()
        assert message in visit(folder, NOTICE.replace("NAME", f"missing-{number}"))["answer"]


def test_a_page_opened_as_a_file_says_what_to_do(real_page, visit):
    address = (real_page / "index.html").as_uri()
    answer = visit(real_page, NOTICE.replace("NAME", "file"), address)["answer"]
    assert "python -m http.server" in answer
