"""Lines of Shakespeare by a language model: what `shakespeare-vae` is measured by.

The same lines, the same training, and the network of that VAE's decoder, which sees no z.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import language, text_vaes, texts
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="shakespeare-lines-lm",
    family="Language model",
    kind="text",
    time="about 17 min, estimated",
    expected="no recorded run; the exact NLL that shakespeare-vae is to reach",
    settings=Settings(
        epochs=14,
        batch_size=128,
        mixed_precision=True,
        data="tiny_shakespeare",
        options=text_vaes.OPTIONS,
    ),
    build=language.build,
    batches=texts.batches,
    judge=judging.judge_language_model,
    features=judging.none,
    open=texts.opened,
)
