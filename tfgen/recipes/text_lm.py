"""A language model of any text: a transformer, or a GRU as the small one.

Of a UTF-8 file, a folder of them or a TFDS text set; as one stream, by lines or by paragraphs; by
characters, bytes or subwords.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import language, texts
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="text-lm",
    family="Language model",
    kind="text",
    time="6 min a million characters",
    expected="nats per character of the held-out tenth",
    settings=Settings(
        epochs=10,
        batch_size=32,
        mixed_precision=True,
        options={**language.OPTIONS, "width": 192, "heads": 3},
    ),
    open=texts.opened,
    build=language.build,
    batches=texts.batches,
    judge=judging.judge_language_model,
    quality=judging.held_out_nats,
    features=judging.none,
)
