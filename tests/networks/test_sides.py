"""Networks of large images: sides above 128 are powers of two, and errors name who was called."""

import pytest

from tfgen import networks


def test_sides_of_256_and_512_are_built():
    generator = networks.dcgan_generator(2, (256, 512, 3), width=1)
    assert generator.output_shape == (None, 256, 512, 3)
    assert networks.dcgan_discriminator((512, 256, 3), width=1).output_shape == (None, 1)
    assert networks.conv_decoder(2, (28, 512, 1), width=1).output_shape == (None, 28, 512, 1)


@pytest.mark.parametrize("shape", [(130, 28, 1), (28, 1024, 1), (384, 384, 3)])
def test_other_sides_above_128_are_refused_by_the_name_of_the_function(shape):
    for name, make in {
        "dcgan_generator": lambda: networks.dcgan_generator(4, shape),
        "dcgan_discriminator": lambda: networks.dcgan_discriminator(shape),
        "conv_decoder": lambda: networks.conv_decoder(4, shape),
        "conv_encoder": lambda: networks.conv_encoder(shape, 4),
    }.items():
        with pytest.raises(ValueError, match=f"^{name} received .* or 256 or 512") as caught:
            make()
        assert "\n" not in str(caught.value)


def test_the_generator_names_itself_whatever_is_wrong():
    for arguments, word in (
        ((0, (8, 8, 1)), "latent_dim=0"),
        ((4, (8, 8, 1), 0), "width=0"),
        ((4, (8, 8, 1), 8, 1), "num_classes=1"),
    ):
        with pytest.raises(ValueError, match=f"dcgan_generator.*{word}"):
            networks.dcgan_generator(*arguments)
