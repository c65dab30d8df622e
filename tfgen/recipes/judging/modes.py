"""How many modes of the data samples hit."""

from tfgen.recipes.judging.samples import drawn, facts


def judge_mixture(model, evidence, count=10_000, seed=0):
    """Return how many modes the samples of a GAN hit, and how many samples hit one.

    `high_quality` is the share within 3 deviations of a centre, 0.989 for the mixture itself.
    """
    from tfgen import metrics

    centres, deviation = evidence.source.centres, evidence.source.deviation
    samples = model.sample(count, seed=seed).numpy()
    found = metrics.mixture_modes(samples, centres, deviation)
    return {**found, "of_modes": len(centres), "samples": count}


def judge_stacked_digits(model, evidence, count=26_000, seed=0):
    """Return how many of the 1,000 triples of digits come up, and how evenly, by VEEGAN's protocol.

    Real triples of test digits get 1,000 modes and a KL of about 0.02 at this count.
    """
    from tfgen import metrics

    modes = metrics.stacked_modes(drawn(model, count, seed), evidence.features.logits)
    return {**metrics.mode_coverage(modes), "samples": count, **facts(evidence.features)}
