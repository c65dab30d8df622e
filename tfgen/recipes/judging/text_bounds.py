"""Bounds of the likelihood of held-out texts."""

import numpy as np

from tfgen.recipes.judging.texts import TEXTS, judge_texts


def judge_text_vae(model, evidence, num_samples=200):
    """Return the numbers of a VAE of texts on the test set, and of texts that it writes.

    `nats_per_text` is minus the importance-weighted bound with `importance_samples` samples, an
    upper bound of the true value in expectation; `nats_per_character` divides all of it, the nats
    of the ends included, by the characters of the texts, as `judge_language_model` does. `rate` is
    the KL in nats per text, `mutual_information` what of it tells these texts apart.
    """
    from tfgen.vae.text_rows import characters

    rows = np.concatenate(list(evidence.test.as_numpy_iterator()))
    evaluated = model.evaluate(evidence.test, return_dict=True, verbose=0)
    nats = -model.log_likelihood(evidence.test, num_samples, verbose=1)
    counted = int(characters(model.tokenizer, rows).sum())
    return {
        "nats_per_character": float(np.sum(nats, dtype=np.float64) / counted),
        "nats_per_text": float(np.mean(nats)),
        "standard_error": float(np.std(nats) / np.sqrt(len(nats))),
        "importance_samples": num_samples,
        "characters": counted,
        "examples": len(rows),
        **{name: float(evaluated[name]) for name in ("elbo", "distortion", "rate", "active_units")},
        "latent_dim": model.latent_dim,
        "mutual_information": _information(model, rows),
        **judge_texts(model.texts(model.sample(TEXTS)), evidence),
    }


def _information(model, rows, batch_size=500):
    """What latents of the texts say about which one they are of, in nats."""
    from tfgen import metrics

    parts = [model.encode(rows[i : i + batch_size]) for i in range(0, len(rows), batch_size)]
    means = np.concatenate([np.asarray(part.mean()) for part in parts])
    return metrics.mutual_information(means, np.concatenate([part.stddev() for part in parts]))
