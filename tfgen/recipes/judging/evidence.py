"""What a judge may look at."""

import dataclasses
import functools
from typing import Any

import numpy as np

from tfgen import progress
from tfgen.recipes.judging.features import features_of

_BATCH = 500


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What a model is judged by.

    Attributes:
        source: the `tfgen.data.Source` that it was trained on.
        test: batches of the test split as the recipe gives them to the model.
        features: a `metrics.FeatureExtractor` that samples are seen through, or None.
    """

    source: Any
    test: Any
    features: Any

    def plain(self, split="test"):
        """Yield batches of the split's examples as judges take them: images in [0, 1]."""
        batches = self.source.batches(split, batch_size=_BATCH, shuffle=False)
        count = self.source.spec.counts[split]
        for batch in progress.shown(batches, "Looking at the data", count):
            yield self.source.spec.kind.to_unit(batch)

    @functools.cached_property
    def shares(self):
        """The share of each class among the training examples, float64 `[classes]`."""
        batches = self.source.batches("train", batch_size=_BATCH, shuffle=False, labels=True)
        labels = np.concatenate([labels for _, labels in batches.as_numpy_iterator()])
        return np.bincount(labels, minlength=self.source.spec.num_classes) / len(labels)

    def count(self, most):
        """Return how many samples to judge: `most`, or as many as there are training examples."""
        return min(most, self.source.spec.counts["train"])


def evidence(recipe, source, settings, directory, features=None):
    """Return the `Evidence` for models that a recipe trained on a source.

    Args:
        recipe: the `Recipe`.
        source: the `tfgen.data.Source`.
        settings: of the run.
        directory: where features that have to be trained are kept.
        features: path of a network of the user's own to look through; see `features_of`.
    """
    make = recipe.features if recipe.features and features is None else features_of
    arguments = () if features is None else (features,)
    test = recipe.batches(source, "test", settings, 0)
    return Evidence(source, test, make(source, directory, *arguments))
