"""Texts as recipes open them and give them to models."""

import tfgen

OPTIONS = {
    "tokens": "characters",  # "characters", "bytes" or "subwords"
    "vocabulary": 1024,  # of subwords
    "documents": "stream",  # "stream", "lines" or "paragraphs"
    "length": 256,  # tokens of a window or row
}


def opened(settings, data_dir=None, tokenizer=None):
    """Return the source of a run's texts; options: OPTIONS.

    Args:
        settings: of the run.
        data_dir: folder of the TFDS data sets.
        tokenizer: that of a trained model, or None to make one from the training text.

    Raises:
        ValueError: for texts that cannot be trained on, and for another tokenizer than asked for.
    """
    if tokenizer is not None and tokenizer.name != settings["tokens"]:
        raise ValueError(
            f"--set tokens={settings['tokens']} does not fit the trained model, which reads "
            f"{tokenizer.name}. Set tokens={tokenizer.name}."
        )
    return tfgen.data.open_text(
        settings.data,
        tokenizer=tokenizer or settings["tokens"],
        vocabulary=settings["vocabulary"],
        documents=settings["documents"],
        length=settings["length"],
        holdout=settings.holdout,
        data_dir=data_dir,
    )


def batches(source, split, settings, first_epoch):
    """Return batches of tokens, int32 `[batch, length]`: whole ones to train on."""
    return source.batches(
        split,
        batch_size=settings.batch_size,
        seed=settings.seed,
        first_epoch=first_epoch,
        drop_remainder=split == "train",
    )
