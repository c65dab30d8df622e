"""What can be wrong with a flow's network and settings, said before training."""

from tfgen.checks.networks import is_functional
from tfgen.checks.numbers import check_integer, check_number
from tfgen.flow.solvers import STEPS


def checked_shape(owner, network, shape, num_classes, times):
    """Return the shape of one example; raise `ValueError` where the network does not fit."""
    if not is_functional(network):
        if shape is None:
            raise ValueError(
                f"{owner} received the subclassed network {type(network).__name__}: the shape of "
                "an example is unknown. Pass shape=."
            )
        return tuple(shape)
    shape = tuple(network.output_shape[1:]) if shape is None else tuple(shape)
    taken = [tuple(each.shape[1:]) for each in network.inputs]
    expected = [shape, (times,)] + ([] if num_classes is None else [()])
    made = tuple(network.output_shape[1:])
    if taken != expected or made != shape:
        raise ValueError(
            f"{owner} received a network from {taken} to {made}: with num_classes={num_classes} it "
            f"must go from {expected} to {shape}: x, {times} time{'s' * (times > 1)}, and labels "
            "where there are classes. Use tfgen.networks.velocity_mlp or velocity_unet."
        )
    return shape


def check_choice(owner, name, value, known):
    """Raise `ValueError` unless `value` is one of those known."""
    if value not in known:
        raise ValueError(
            f"{owner} received {name}={value!r}: expected one of {', '.join(known)}. "
            f"Use {known[0]!r}."
        )


def check_drawing(model, steps, solver, guidance):
    """Raise `ValueError` for settings that a solver could not follow."""
    owner = type(model).__name__
    check_integer(owner, "steps", steps, "Use 50.")
    check_choice(owner, "solver", solver, tuple(STEPS))
    check_number(owner, "guidance", guidance, "Use 0 to draw what was learned.", least=0)
    if guidance and model.num_classes is None:
        raise ValueError(
            f"{owner} received guidance={guidance}, but has no classes to guide towards. Use "
            "guidance=0, or a network with num_classes."
        )
    if guidance and model.label_dropout == 0:
        raise ValueError(
            f"{owner} received guidance={guidance}, but learns with label_dropout=0 what every "
            "example's class is, and not what examples are without. Use label_dropout=0.1."
        )
