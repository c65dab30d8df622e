"""Training mechanics: the only room that knows Keras's trainer, replicas and loss scaling."""

from tfgen.training.model import GenerativeModel as GenerativeModel
