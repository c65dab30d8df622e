"""Likelihoods p(x|z): what turns a decoder's output into a distribution over images.

A likelihood is a small value: `likelihood(parameters)` is a `tfd.Distribution` in float32, with one
image per event, so that `log_prob(images)` is `[batch]`, in nats of the whole image. It owns no
weights. Where a channel needs several parameters, the last axis of `parameters` holds all the
channels of the first one, then all the channels of the second, and so on (`Categorical` excepted).

Every likelihood has the same few members:

* `parameters_per_channel`: a decoder's last axis is `channels * parameters_per_channel` wide;
* `value_range`: lowest and highest value of the images;
* `images(parameters)`: what to show, `[batch, height, width, channels]`, in builtin TFLite
  operations;
* `check(images)`: raises ValueError for a NumPy array that the likelihood cannot have produced.

Those that read `[mean, raw scale]` have `images_of_means(means)` too, for `image_network`.
"""

from tfgen.likelihoods.bernoulli import Bernoulli as Bernoulli
from tfgen.likelihoods.categorical import Categorical as Categorical
from tfgen.likelihoods.discretised_logistic import DiscretisedLogistic as DiscretisedLogistic
from tfgen.likelihoods.gaussian import Gaussian as Gaussian
from tfgen.likelihoods.learned_scale import LearnedScale as LearnedScale
from tfgen.likelihoods.learned_scale import image_network as image_network
from tfgen.likelihoods.learned_scale import waiting_for_data as waiting_for_data
from tfgen.likelihoods.learned_scale import with_learned_scale as with_learned_scale
from tfgen.likelihoods.scales import positive as positive
