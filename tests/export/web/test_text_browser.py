"""Pages of models of text in a real browser: the same text as in Python, typed token by token."""

import pytest
from text_models import LENGTH, small_gru, small_language_model
from tfgen.export import to_web

SEED = 7
WRITE = """
await page.fill("#prompt", PROMPT);
await page.fill("#seed", "7");
await page.fill("#length", String(LENGTH));
await page.evaluate(() => {
  document.querySelector("#temperature").value = 0.7;
  document.querySelector("#temperature").dispatchEvent(new Event("input"));
});
await page.click("button[type=submit]");
await page.waitForFunction(() => document.querySelector("#text").dataset.state === "written");
const text = await page.evaluate(() => document.querySelector("#text").textContent);
"""
SHOTS = """
for (const scheme of ["light", "dark"])
  for (const [size, width, height] of [["desktop", 1280, 900], ["phone", 390, 844]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height });
    await shoot(`text-${size}-${scheme}.png`);
  }
"""
REFUSALS = """
const refusals = [];
const said = async (id, value) => {
  const before = await page.inputValue(id);
  await page.fill(id, value);
  await page.click("button[type=submit]");
  refusals.push(await page.textContent("#error"));
  await page.fill(id, before);
};
await said("#prompt", "th\\u2603 \\u00e9");
await said("#prompt", "the cat it's the 42 hats!");
await said("#seed", "2147483648");
await said("#length", "0");
"""


def _page(model, node_modules, folder):
    runtime = node_modules / "@litertjs" / "core"
    return to_web(model, folder / "page", runtime=runtime, title="Toy text").parent


def _steps(prompt, length):
    return WRITE.replace("PROMPT", repr(prompt)).replace("LENGTH", str(length))


def _text(model, **arguments):
    row = model.sample(1, SEED, temperature=0.7, **arguments)[0]
    return model.tokenizer.decode(row)


@pytest.mark.parametrize("tokenizer", ["characters", "subwords"])
def test_the_same_seed_is_the_same_text_in_the_browser(tokenizer, node_modules, visit, tmp_path):
    model, length = small_language_model(tokenizer), LENGTH + 11
    page = _page(model, node_modules, tmp_path)
    steps = _steps("the ", length) + SHOTS
    visited = visit(page, steps + 'return { text, time: await page.textContent("#time") };')
    assert visited["answer"]["text"] == _text(model, prompt="the ", length=length)
    assert visited["answer"]["time"].startswith(f"{length - len(model.tokenizer.encode('the '))} ")
    assert {request.split("/")[2].split(":")[0] for request in visited["requests"]} == {"127.0.0.1"}


def test_whole_texts_without_a_prompt_links_and_refusals(node_modules, visit, tmp_path):
    model = small_gru(padded=True)
    page = _page(model, node_modules, tmp_path)
    steps = _steps("", LENGTH) + REFUSALS
    steps += """
    await page.goto(page.url());
    await page.reload();
    await page.locator("html[data-state=ready]").waitFor();
    return { text, refusals, seed: await page.inputValue("#seed") };
    """
    answer = visit(page, steps)["answer"]
    assert answer["text"] == _text(model) and answer["seed"] == "7"
    words = ("does not know “☃”, “é”: leave", "has 25 tokens and the text 16: shorten the prompt.",
             "whole number from −", "whole number from 1 to 16")  # fmt: skip
    assert all(word in said for word, said in zip(words, answer["refusals"], strict=True))
