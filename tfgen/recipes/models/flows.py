"""Flows on images themselves."""

import tfgen
from tfgen.recipes.models import gans
from tfgen.recipes.models.classes import num_classes
from tfgen.recipes.models.latent_priors import averaged

OPTIONS = {
    "learning_rate": 1e-3,
    "width": 48,
    "depth": 2,
    "steps": 20,
    "guidance": 0.3,
    "conditional": True,
    "flip": False,
    "crop": 0,
}

batches = gans.batches  # images in [-1, 1]


def flow_matching(settings, spec, steps_per_epoch):
    """Return a compiled FlowMatching of images, by a U-Net; options: OPTIONS."""
    classes = num_classes(settings, spec)
    network = tfgen.networks.velocity_unet(
        spec.shape, settings["width"], settings["depth"], classes
    )
    drawn = {"steps": settings["steps"], "guidance": settings["guidance"] if classes else 0.0}
    model = tfgen.FlowMatching(
        network, num_classes=classes, times="logit_normal", settings=drawn
    )  # fmt: skip
    return averaged(model, settings, steps_per_epoch)
