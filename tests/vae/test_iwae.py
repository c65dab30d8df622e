import keras
import numpy as np
import pytest
import tensorflow as tf
from models import compiled, small_vae

import tfgen


def gradients(model, images, variables, draws):
    """Return the gradients of the loss, one flat vector for each draw of the noise."""

    @tf.function
    def one():
        with tf.GradientTape() as tape:
            loss, _ = model.objective(images, None, training=True)
            total = tf.reduce_mean(loss)
        return tf.concat([tf.reshape(g, [-1]) for g in tape.gradient(total, variables)], 0)

    return np.stack([one().numpy() for _ in range(draws)])


def pair(k):
    """Return two models of equal weights and random state: doubly reparameterised, and not."""
    models = []
    for double in (True, False):
        keras.utils.set_random_seed(3)
        arguments = {"num_samples": k, "doubly_reparameterised": double}
        models.append(compiled(small_vae(tfgen.IWAE, latent_dim=2, **arguments)))
    return models


def test_both_gradients_have_one_mean_and_the_bound_is_the_same(digits):
    double, plain = pair(4)
    losses = [m.objective(digits[:8], None, training=True)[0] for m in (double, plain)]
    np.testing.assert_allclose(*losses, rtol=1e-5)  # same random state, same noise, same bound
    found = [gradients(m, digits[:8], m.encoder.trainable_variables, 1500) for m in (double, plain)]
    error = np.sqrt(sum(g.var(0) for g in found) / 1500) + 1e-6
    deviations = (found[0].mean(0) - found[1].mean(0)) / error
    assert np.abs(deviations).max() < 6
    assert deviations.std() < 1.5


def test_the_decoders_gradient_is_that_of_the_bound(digits):
    double, plain = pair(4)
    found = [gradients(m, digits[:8], m.decoder.trainable_variables, 2) for m in (double, plain)]
    np.testing.assert_allclose(*found, atol=1e-5)


def test_double_reparameterisation_lowers_the_variance(digits):
    """Near an optimum, that is: the score it drops is all noise where q is the posterior."""
    double, plain = pair(16)
    double.fit(digits, epochs=40, batch_size=32, verbose=0)
    plain.set_weights(double.get_weights())
    noise = [
        gradients(m, digits[:8], m.encoder.trainable_variables, 200).var(0).sum()
        for m in (double, plain)
    ]
    assert noise[0] < 0.7 * noise[1]


def test_one_sample_is_the_elbo(digits):
    iwae = small_vae(tfgen.IWAE, num_samples=1)
    losses, elbos = [], []
    for _ in range(400):
        loss, terms = iwae.objective(digits[:16], None, training=False)
        losses.append(loss)
        elbos.append(terms["elbo"])
    difference = np.mean(losses, 0) + np.mean(elbos, 0)
    error = np.std(np.add(losses, elbos), 0) / np.sqrt(400)
    assert np.all(np.abs(difference) < 5 * error)


def test_bound_is_log_mean_exp_in_numpy(digits):
    iwae = small_vae(tfgen.IWAE, num_samples=5)
    posterior = iwae.encode(digits[:4])
    z = iwae._latents(posterior)
    log_w = np.stack(
        [
            iwae.prior.log_prob(z[i])
            - posterior.log_prob(z[i])
            + iwae.decode(z[i]).log_prob(digits[:4])
            for i in range(5)
        ]
    )
    iwae._latents = lambda _: z
    loss, terms = iwae.objective(digits[:4], None, training=False)
    np.testing.assert_allclose(-loss, np.log(np.exp(log_w).mean(0)), rtol=1e-5)
    assert np.all(-loss.numpy() >= log_w.mean(0))


def test_needs_a_sample():
    with pytest.raises(ValueError, match="num_samples=0"):
        small_vae(tfgen.IWAE, num_samples=0)
