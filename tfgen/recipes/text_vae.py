"""Lines of a text of your own by way of a latent z, and ways from one to another.

`--set documents=paragraphs --set length=256` takes what stands between blank lines as one text;
`--set tokens=subwords` reads and writes pieces of words.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import text_vaes, texts
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="text-vae",
    family="VAE",
    kind="text",
    time="half an hour for a megabyte of lines",
    expected="depends on the text",
    settings=Settings(
        epochs=14, batch_size=128, mixed_precision=True, options=text_vaes.VAE_OPTIONS
    ),
    build=text_vaes.vae,
    batches=texts.batches,
    judge=judging.judge_text_vae,
    features=judging.none,
    open=texts.opened,
)
