"""Whoever calls the public API sees types."""

import inspect

import pytest

import tfgen

# Rooms whose public names are typed; a room is added here when it is.
TYPED = ("kinds", "likelihoods", "losses", "metrics", "networks", "plots", "quantizers",
         "sampling", "schedules", "endpoints", "runs", "presets")  # fmt: skip
MODULES_OF_FUNCTIONS = ("sampling", "schedules", "endpoints")


def public_names(room):
    """Return `{name: value}` of what a room offers."""
    module = getattr(tfgen, room)
    if room in MODULES_OF_FUNCTIONS:  # a single file, which imports what it needs
        own = vars(module).items()
        found = {n: v for n, v in own if getattr(v, "__module__", None) == module.__name__}
    else:
        found = {name: getattr(module, name) for name in dir(module)}
    return {n: v for n, v in found.items() if not n.startswith("_") and callable(v)}


def own_functions(name, value):
    """Yield `(name, function)` of a function, or of the public methods that a class defines."""
    if inspect.isfunction(value):
        yield name, value
    elif inspect.isclass(value):
        for method, function in vars(value).items():
            if method in ("__init__", "__call__") or not method.startswith("_"):
                function = getattr(function, "fget", getattr(function, "__func__", function))
                if inspect.isfunction(function) and function.__module__ == value.__module__:
                    yield f"{name}.{method}", function


def untyped(function):
    """Return the parameters of a function that have no annotation, "return" among them."""
    signature = inspect.signature(function)
    parameters = [p for p in signature.parameters.values() if p.name not in ("self", "cls")]
    missing = [p.name for p in parameters if p.annotation is p.empty]
    if function.__name__ != "__init__" and signature.return_annotation is signature.empty:
        missing.append("return")
    return missing


@pytest.mark.parametrize("room", TYPED)
def test_public_names_are_typed(room):
    functions = [
        f for name, value in public_names(room).items() for f in own_functions(name, value)
    ]
    assert functions
    missing = {name: untyped(function) for name, function in functions if untyped(function)}
    assert not missing


def test_names_without_types_are_found():
    def half(a: int, b):
        return a, b

    assert untyped(half) == ["b", "return"]
