"""Pictures leave out what they do not need of a decoder, and are the same to the bit."""

import keras
import numpy as np
import pytest
from conformance import autoencoders, fitting

from tfgen import sampling
from tfgen.labels import in_turn

ROWS = {row.name: row for row in autoencoders.ROWS}


@pytest.mark.parametrize("name", ROWS)
def test_pictures_are_those_of_the_whole_decoder(name):
    model = fitting.fitted(ROWS[name])
    classes = [] if model.num_classes is None else [in_turn(5, model.num_classes)]
    z = model.prior.draw(sampling.seeds(3, 5))
    parameters = model.decoder([z, keras.ops.convert_to_tensor(classes[0])] if classes else z)
    expected = model.likelihood.images(parameters)
    np.testing.assert_array_equal(model.decode_examples(z, *classes), expected)
    np.testing.assert_array_equal(model.sample(5, 3, *classes), expected)
    np.testing.assert_array_equal(
        model.decode(z, *classes).log_prob(expected),
        model.likelihood(parameters).log_prob(expected),
    )
