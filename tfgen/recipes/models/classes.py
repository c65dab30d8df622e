"""Whether a recipe's model knows classes."""


def num_classes(settings, spec):
    """Return the number of classes of a conditional model, None of one that is not.

    Raises:
        ValueError: where the data have no classes.
    """
    if not settings["conditional"]:
        return None
    if spec.num_classes is None:
        raise ValueError(
            "conditional=true asks for classes, and the data have none: expected labels, or a "
            "sub-folder for each class. Use --set conditional=false, or sort the files."
        )
    return spec.num_classes
