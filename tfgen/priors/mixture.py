"""The mixture of Gaussians."""

import math
import warnings
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import sampling
from tfgen.checks.numbers import check_integer, check_number
from tfgen.priors.latent_prior import LatentPrior

_CHOICE = 1  # what a row's seeds are used for, besides the noise


@keras.saving.register_keras_serializable(package="tfgen")
class GaussianMixture(LatentPrior):
    """A mixture of Gaussians, which scikit-learn fits to all latents at once; there are no steps.

        p(z | label) = sum_k w_k N(z; mean_k, covariance_k)

    Fitted after an autoencoder, it repairs most of what N(0, I) leaves amiss, in seconds. With
    classes, each has a mixture of its own.

    Args:
        latent_dim: size of z.
        components: Gaussians, for each class where there are classes.
        covariance: "full", or "diagonal" for fewer numbers.
        num_classes: number of classes, or None.
        seed: of scikit-learn's first guess.
        **kwargs: `name` and `dtype`.

    Logs: `loss`, -log p(z) in nats.

    Raises:
        ValueError: for numbers out of range; in `fit`, for fewer examples than components.

    Example:
        >>> points = np.random.default_rng(0).normal(5.0, 1.0, (200, 2)).astype("float32")
        >>> mixture = GaussianMixture(2, components=2)
        >>> _ = mixture.fit(points, verbose=0)
        >>> bool(abs(np.mean(mixture.sample(1_000)) - 5.0) < 0.2)
        True

    Reference: Ghosh et al. 2019, "From variational to deterministic autoencoders", arXiv
        1903.12436, section 4, for mixtures fitted after training.
    """

    has_likelihood = True
    looks_at = 200_000

    def __init__(
        self,
        latent_dim: int,
        components: int = 50,
        covariance: str = "full",
        num_classes: int | None = None,
        seed: int = 0,
        **kwargs: Any,
    ):
        check_integer("GaussianMixture", "components", components, "Use 50.")
        if covariance not in ("full", "diagonal"):
            raise ValueError(
                f"GaussianMixture received covariance={covariance!r}: expected full or diagonal. "
                "Use 'full'."
            )
        super().__init__((latent_dim,), num_classes, standardise=False, **kwargs)
        self.latent_dim, self.components, self.covariance = latent_dim, components, covariance
        self.seed = seed
        self._make_weights()
        self.built = True

    def _make_weights(self):
        count, size = (self.num_classes or 1) * self.components, self.latent_dim
        placed = {"trainable": False, "aggregation": "only_first_replica"}
        square = (size, size) if self.covariance == "full" else (size,)
        self.log_weights = self.add_weight((count,), "zeros", name="log_weights", **placed)
        self.means = self.add_weight((count, size), "zeros", name="means", **placed)
        self.factors = self.add_weight((count, *square), "ones", name="factors", **placed)
        unit = np.eye(size) if self.covariance == "full" else np.ones(size)
        self.factors.assign(np.broadcast_to(unit, (count, *square)))
        self.log_weights.assign(np.full(count, -math.log(self.components)))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("latent_dim", "components", "covariance", "num_classes", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    # ------------------------------------------------------------------ fitting

    def prepare(self, examples: ArrayLike, labels: ArrayLike | None = None) -> None:
        """Fit the mixture to latents [count, latent_dim], and labels [count] where it has classes.

        Raises:
            ValueError: for latents with NaN, and for fewer of them, or of a class, than components.
        """
        examples = np.asarray(examples, np.float64)
        self.takes.check_batch(f"{type(self).__name__}.fit", examples, labels)
        groups = [examples]
        if self.num_classes is not None:
            groups = [examples[np.asarray(labels) == c] for c in range(self.num_classes)]
        found = [self._fitted(group, i) for i, group in enumerate(groups)]
        for variable, parts in zip((self.log_weights, self.means, self.factors),
                                   zip(*found, strict=True), strict=True):  # fmt: skip
            variable.assign(np.concatenate(parts))
        self.steps_trained.assign_add(1)

    def _fitted(self, examples, label):
        """Return log weights, means and factors of the covariances, by scikit-learn."""
        from sklearn.exceptions import ConvergenceWarning  # only here: slow to import
        from sklearn.mixture import GaussianMixture as Fit

        if len(examples) < self.components:
            of = "" if self.num_classes is None else f" of class {label}"
            raise ValueError(
                f"GaussianMixture received {len(examples)} latents{of} for {self.components} "
                "components: expected at least one for each. Use fewer components, or more data."
            )
        full = self.covariance == "full"
        fit = Fit(self.components, covariance_type="full" if full else "diag", max_iter=200,
                  reg_covar=1e-6, random_state=self.seed)  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # more steps change little
            fit.fit(examples)
        square = np.linalg.cholesky(fit.covariances_) if full else np.sqrt(fit.covariances_)
        return np.log(fit.weights_ + 1e-30), fit.means_, square

    def check_prepared(self, who: str) -> None:
        """Raise `ValueError` for data that show nothing before training begins."""
        raise ValueError(
            f"{who} received data that can be read once only: a GaussianMixture is fitted to all "
            "of them before the first step. Pass arrays, or a tf.data.Dataset of them."
        )

    def fit(self, *args: Any, **kwargs: Any) -> keras.callbacks.History:
        """Fit anew; arguments and result as for `keras.Model.fit`, whose epochs change nothing."""
        self.steps_trained.assign(0)
        if not self.compiled:
            self.compile()
        return super().fit(*args, **kwargs)

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Look at a batch: all is fitted by then."""
        return self.test_step(data)

    def objective(
        self, examples: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return -log p(z), [batch], in nats."""
        return -self.log_prob(examples, labels), {}

    # ------------------------------------------------------------------ as a prior

    def _log_prob(self, z, labels):
        log_weights, means, factors = (tf.convert_to_tensor(v.value) for v in self._weights())
        z = z[:, None, :] - means[None]  # [batch, classes * components, latent_dim]
        if self.covariance == "full":
            inverse = tf.linalg.triangular_solve(factors, tf.eye(self.latent_dim)[None])
            z = tf.einsum("kij,bkj->bki", inverse, z)
            logs = tf.reduce_sum(tf.math.log(tf.linalg.diag_part(factors)), axis=-1)
        else:
            z, logs = z / factors[None], tf.reduce_sum(tf.math.log(factors), axis=-1)
        constant = 0.5 * self.latent_dim * math.log(2.0 * math.pi)
        each = log_weights - logs - constant - 0.5 * tf.reduce_sum(z * z, axis=-1)
        each = tf.reshape(each, [-1, self.num_classes or 1, self.components])
        found = tf.reduce_logsumexp(each, axis=-1)
        return found[:, 0] if labels is None else tf.gather(found, labels, batch_dims=1)

    def check_settings(self, *, temperature: float = 1.0, **others: Any) -> None:
        """Raise `ValueError` for settings of `draw` that it could not follow.

        Args:
            temperature: factor of the noise about the means, at least 0.
            **others: refused.
        """
        super().check_settings(**others)
        check_number("GaussianMixture", "temperature", temperature, "Use 1.", least=0)

    def _draw(self, seeds, labels, temperature=1.0):
        log_weights, means, factors = (tf.convert_to_tensor(v.value) for v in self._weights())
        chance = sampling.gumbel(sampling.stream(seeds, _CHOICE), (self.components,))
        if labels is None:
            chosen = tf.argmax(log_weights[None] + chance, axis=-1, output_type=tf.int32)
        else:
            table = tf.reshape(log_weights, [self.num_classes, self.components])
            own = tf.gather(table, labels) + chance
            chosen = tf.argmax(own, axis=-1, output_type=tf.int32) + labels * self.components
        noise = temperature * sampling.normal(seeds, (self.latent_dim,))
        factor = tf.gather(factors, chosen)
        if self.covariance == "full":
            noise = tf.reduce_sum(factor * tf.expand_dims(noise, 1), axis=-1)
        else:
            noise *= factor
        return tf.gather(means, chosen) + noise

    def _weights(self):
        return self.log_weights, self.means, self.factors
