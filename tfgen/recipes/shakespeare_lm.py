"""A transformer of characters on tiny Shakespeare, in an hour.

Judged on the last tenth, as nanoGPT's is, which has 1.4697 nats a character with 10.7 million
parameters. In a quarter of an hour by `--epochs 8 --set width=192 --set heads=3 --set dropout=0.1
--learning-rate 0.016`; in three minutes by `--epochs 4 --batch-size 32 --set length=128 --set
width=128 --set depth=4 --set heads=2 --set dropout=0 --learning-rate 0.02`.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import language, texts
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="shakespeare-lm",
    family="Language model",
    kind="text",
    time="60 min; 3 for less",
    expected="1.45 nats a character; nanoGPT: 1.4697",
    settings=Settings(
        epochs=22,
        batch_size=16,
        mixed_precision=True,
        data="tiny_shakespeare",
        options={**language.OPTIONS, "dropout": 0.25, "learning_rate": 1.4e-2},
    ),
    open=texts.opened,
    build=language.build,
    batches=texts.batches,
    judge=judging.judge_language_model,
    quality=judging.held_out_nats,
    features=judging.none,
    every=2,
)
