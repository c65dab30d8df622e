"""Generated texts beside held-out ones: variety, likeness, copies."""

TEXTS = 200  # BLEU grows with the square
_SOUGHT = 4_000_000  # tokens of training text in which copies are sought
_COPIED = 40  # characters


def judge_texts(model_texts, evidence, count=TEXTS):
    """Return how varied texts are, how like held-out ones, and how many copy training text.

    Each number stands beside that of as many held-out texts (`held_out_...`), without which it
    means nothing. `bleu` is the mean BLEU of each text against all of those held-out texts,
    `self_bleu` against the other generated ones; `copied` is the share of texts of which a run of
    `copy_characters` stands in the training text. Without sacrebleu, there is no BLEU.

    Args:
        model_texts: strings that a model wrote.
        evidence: with `source`, a `tfgen.data.TextSource`.
        count: how many texts to judge, at most.
    """
    real = [text for text in evidence.source.texts("test", count) if text.strip()]
    count = min(count, len(real), len(model_texts))
    training = evidence.source.text("train", _SOUGHT)
    written = _numbers(list(model_texts)[:count], real[:count], training)
    held_out = _numbers(real[:count], None, training)
    return {
        **written,
        **{f"held_out_{name}": value for name, value in held_out.items()},
        "copy_characters": _COPIED,
        "texts": count,
    }


def _numbers(texts, references, training):
    """The numbers of some texts; `bleu` where there are references."""
    from tfgen import metrics

    runs = metrics.longest_runs(texts, training)
    found = {f"distinct_{n}": metrics.distinct(texts, n) for n in (1, 2, 3)}
    found |= {"copied": float((runs >= _COPIED).mean()), "longest_run": int(runs.max(initial=0))}
    try:
        found["self_bleu"] = metrics.self_bleu(texts) if len(texts) > 1 else 0.0
        if references is not None:
            found["bleu"] = metrics.bleu(texts, references)
    except ModuleNotFoundError as error:
        found["bleu"] = f"none: {error}"
    return found
