"""Training mechanics: the only room that knows Keras's trainer, replicas and loss scaling."""

from tfgen.training.model import GenerativeModel as GenerativeModel
from tfgen.training.muon import Muon as Muon
