"""Protocols: how models are judged, each frozen, each in one place.

A judge is a function `(model, evidence) -> {metric: value}`. The evidence is what it may look at:
examples of the source, and the features through which samples are compared with them.
"""

from tfgen.recipes.judging.bounds import judge_vae
from tfgen.recipes.judging.evidence import Evidence, evidence
from tfgen.recipes.judging.features import features_of, mnist, none
from tfgen.recipes.judging.modes import judge_mixture, judge_stacked_digits
from tfgen.recipes.judging.samples import frechet, generated, judge_samples, quality
from tfgen.recipes.judging.tokens import judge_token_generator, judge_tokenizer

__all__ = ["Evidence", "evidence", "features_of", "frechet", "generated", "judge_mixture",
           "judge_samples", "judge_stacked_digits", "judge_token_generator", "judge_tokenizer",
           "judge_vae", "mnist", "none", "quality"]  # fmt: skip
