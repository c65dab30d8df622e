"""Lines of Shakespeare by way of a latent z: a VAE of texts, by characters.

Every line of tiny Shakespeare is a text of its own, the last tenth of the file held out.
`shakespeare-lines-lm` is the language model of the same size on the same lines. A quarter of a nat
of each latent unit costs nothing (free bits), without which the decoder does without z.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import text_vaes, texts
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="shakespeare-vae",
    family="VAE",
    kind="text",
    time="about 25 min, estimated",
    expected="no recorded run",
    settings=Settings(
        epochs=14,
        batch_size=128,
        mixed_precision=True,
        data="tiny_shakespeare",
        options=text_vaes.VAE_OPTIONS,
    ),
    build=text_vaes.vae,
    batches=texts.batches,
    judge=judging.judge_text_vae,
    features=judging.none,
    open=texts.opened,
)
