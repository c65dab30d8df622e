"""Functions and small objects that models are given, asked for what they must have."""


def check_function(owner, name, value, taken, described):
    """Raise `ValueError` unless `value` can be called as a function.

    Args:
        owner: who received it.
        name: what of it.
        value: what was received.
        taken: what it takes and gives, such as "(kl, step) -> [batch]".
        described: the module that says more.

    Example:
        >>> check_function("VAE", "rate", abs, "(kl, step) -> [batch]", "tfgen.losses")
    """
    _check_instance(owner, name, value, described)
    if not callable(value):
        raise ValueError(
            f"{owner} received {name}={_short(value)}, a {type(value).__name__}: expected an "
            f"object called as {taken}. See {described}."
        )


def check_members(owner, name, value, members, described):
    """Raise `ValueError` unless `value` is an object with the members, each by its name.

    Args:
        owner: who received it.
        name: what of it.
        value: what was received.
        members: names of attributes; "__call__" for one that is called.
        described: the module that says what each is.
    """
    _check_instance(owner, name, value, described)
    missing = [member for member in members if not hasattr(value, member)]
    if missing:
        raise ValueError(
            f"{owner} received {name}={_short(value)}, a {type(value).__name__} without "
            f"{', '.join(missing)}: {described} describes what it must have."
        )


def _check_instance(owner, name, value, described):
    if value is None:
        raise ValueError(f"{owner} received {name}=None: expected an object of {described}.")
    if isinstance(value, type):
        raise ValueError(
            f"{owner} received {name}={value.__name__}, a class: expected an object. Call it, as "
            f"in {name}={value.__name__}()."
        )


def _short(value):
    text = repr(value)
    return text if len(text) <= 40 and "\n" not in text else "..."
