"""Protocols: how models are judged, each frozen, each in one place.

A judge is a function `(model, evidence) -> {metric: value}`. The evidence is what it may look at:
examples of the source, and the features through which samples are compared with them.
"""

from tfgen.recipes.judging.bounds import judge_vae
from tfgen.recipes.judging.evidence import Evidence, evidence
from tfgen.recipes.judging.factors import judge_factors
from tfgen.recipes.judging.factors_page import factors_page
from tfgen.recipes.judging.features import features_of, mnist, none
from tfgen.recipes.judging.language import held_out_nats, judge_language_model
from tfgen.recipes.judging.latents import judge_latent_generator
from tfgen.recipes.judging.modes import judge_mixture, judge_stacked_digits
from tfgen.recipes.judging.samples import frechet, generated, judge_samples, quality
from tfgen.recipes.judging.text_bounds import judge_text_vae
from tfgen.recipes.judging.texts import judge_texts
from tfgen.recipes.judging.tokens import judge_token_generator, judge_tokenizer

__all__ = [
    "Evidence",
    "evidence",
    "factors_page",
    "features_of",
    "frechet",
    "generated",
    "held_out_nats",
    "judge_factors",
    "judge_language_model",
    "judge_latent_generator",
    "judge_mixture",
    "judge_samples",
    "judge_stacked_digits",
    "judge_text_vae",
    "judge_texts",
    "judge_token_generator",
    "judge_tokenizer",
    "judge_vae",
    "mnist",
    "none",
    "quality",
]
