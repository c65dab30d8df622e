"""VQGANs: balanced, patient, isolated, replicated, resumed."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfgen
from tfgen import likelihoods, losses, networks, quantizers, vq
from tfgen.vq.vqgan import last_kernel

SHAPE = (8, 8, 1)


def make(loss=losses.hinge, features=True, **arguments):
    """Of perceptrons, without batch normalisation, whose moments lose digits to cancellation."""
    encoder = networks.mlp(SHAPE, (2, 2, 3), hidden=(16,))
    decoder = networks.mlp((2, 2, 3), SHAPE, hidden=(16,))
    quantizer = quantizers.EMAQuantizer(12, 3)
    vqvae = tfgen.VQVAE(encoder, decoder, quantizer, likelihoods.Bernoulli())
    seeing = networks.mlp(SHAPE, (2, 5), hidden=(8,), activation="tanh") if features else None
    discriminator = networks.patch_discriminator(SHAPE, 4, downsamplings=1)
    return tfgen.VQGAN(vqvae, discriminator, seeing, loss, **arguments)


def compiled(model, g_rate=1e-3, d_rate=1e-2, **arguments):
    """With plain SGD, of which a step is proportional to its gradient."""
    g_optimizer = keras.optimizers.SGD(g_rate)
    d_optimizer = keras.optimizers.SGD(d_rate, momentum=0.9)
    model.compile(g_optimizer=g_optimizer, d_optimizer=d_optimizer, **arguments)
    return model


def trained(images, g_rate=1e-3, d_rate=1e-2, eagerly=True, **arguments):
    keras.utils.set_random_seed(1)
    model = compiled(make(**arguments), g_rate, d_rate, run_eagerly=eagerly)
    data = tf.data.Dataset.from_tensor_slices(images).batch(16)
    return model, model.fit(data, verbose=0).history


def weights(network):
    return np.concatenate([np.ravel(w) for w in network.get_weights()])


def state(model):
    optimizers = (*model.g_optimizer.variables, *model.d_optimizer.variables)
    return [np.asarray(v) for v in (*model.weights, *optimizers)]


def norm_at_last_kernel(model, value):
    """The norm of the gradient of a mean over the batch, computed by itself."""
    with tf.GradientTape() as tape:
        mean = tf.reduce_mean(value())
    return np.linalg.norm(tape.gradient(mean, last_kernel(model.vqvae.decoder).value))


@pytest.mark.parametrize("loss", [losses.hinge, losses.relativistic])
def test_adversarial_share_is_the_ratio_of_the_gradients(loss, digits):
    keras.utils.set_random_seed(1)
    model, x = compiled(make(loss, perceptual_weight=30.0), run_eagerly=True), digits[:16]
    model.vqvae.forward(x, training=True)  # the first batch makes the codes

    def images_and_terms():
        parameters, terms = model.vqvae.forward(x, training=False)
        return tf.sigmoid(parameters), terms

    def seen():
        fake, terms = images_and_terms()
        distance = losses.perceptual_distance(model.features(x), model.features(fake))
        return terms["distortion"] + 30.0 * distance

    def adversarial():
        logits = [model.discriminator(images) for images in (x, images_and_terms()[0])]
        return loss.generator(*logits)

    ratio = norm_at_last_kernel(model, seen) / (norm_at_last_kernel(model, adversarial) + 1e-6)
    logs = model.train_step(tf.constant(x))
    assert float(logs["adversarial_share"]) == pytest.approx(0.8 * ratio, rel=1e-3)


def test_discriminator_learns_before_its_gradient_counts(digits):
    """Two steps of warm-up: the autoencoder learns as if there were no discriminator."""
    patient, history = trained(digits[:32], warm_up=2)
    alone, _ = trained(digits[:32], adversarial_weight=0.0)
    np.testing.assert_array_equal(weights(patient.vqvae), weights(alone.vqvae))
    np.testing.assert_array_equal(weights(patient.discriminator), weights(alone.discriminator))
    assert history["adversarial_share"] == [0.0]
    both, _ = trained(digits[:32])
    assert np.abs(weights(both.vqvae) - weights(alone.vqvae)).max() > 1e-6


def test_two_replicas_give_the_weights_of_one_in_graphs(digits, two_replicas):
    one, history = trained(digits[:44])  # the last batch of 12 is split 6 and 6, or 12 and 0
    with two_replicas.scope():
        two, replicated = trained(digits[:44], eagerly=False)
    for variable, a, b in zip(one.weights, one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5, err_msg=variable.path)
    for key, values in history.items():
        assert replicated[key] == pytest.approx(values, rel=1e-4), key


def test_a_file_holds_an_autoencoder(digits, tmp_path):
    model, _ = trained(digits[:32], loss=losses.relativistic, warm_up=1)
    model.save(tmp_path / "model.keras")
    reloaded = tfgen.load_model(tmp_path / "model.keras")
    assert (reloaded.loss_pair, reloaded.warm_up) == (losses.relativistic, 1)
    data = tf.data.Dataset.from_tensor_slices(digits[:32]).batch(16)
    rows = [*vq.tokens(reloaded.vqvae, data).as_numpy_iterator()]
    assert np.shape(rows) == (2, 16, 4)
    np.testing.assert_array_equal(model.reconstruct(digits[:4]), model.vqvae(digits[:4]))


def test_validation_logs_the_same_without_learning(digits):
    model, history = trained(digits[:32])
    before = state(model)
    logs = model.evaluate(digits[:32], batch_size=16, return_dict=True, verbose=0)
    assert {*logs, "adversarial_share"} == {*history}
    expected = logs["distortion"] + logs["perceptual"] + logs["quantizer_loss"]
    assert logs["loss"] == pytest.approx(expected, rel=1e-5)
    for a, b in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(a, b)


def test_without_features_there_is_no_perceptual_term(digits):
    _, history = trained(digits[:16], features=False)
    assert "perceptual" not in history and np.isfinite(history["loss"]).all()


def test_bad_input(digits):
    vqvae = make().vqvae
    with pytest.raises(ValueError, match=r"discriminator for images of shape \(16, 16, 1\): the"):
        tfgen.VQGAN(vqvae, networks.patch_discriminator((16, 16, 1), 4))
    with pytest.raises(ValueError, match=r"features network for images of shape \(9, 9, 1\)"):
        tfgen.VQGAN(vqvae, networks.patch_discriminator(SHAPE, 4), networks.mlp((9, 9, 1), (2,)))
    for arguments in ({"warm_up": -1}, {"perceptual_weight": -1}, {"adversarial_weight": -1}):
        with pytest.raises(ValueError, match=f"{next(iter(arguments))}=-1"):
            make(**arguments)
    with pytest.raises(ValueError, match=r"images of shape \(4, 4, 1\): the encoder takes"):
        compiled(make()).fit(digits[:8, :4, :4])
