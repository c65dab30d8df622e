"""The examples in the docstrings run, and every module that users meet has one.

A module is met by users where a name of it is given by a package of `tfgen.__all__`.
"""

import doctest
import importlib
import pkgutil
import types

import pytest

import tfgen

MODULES = [
    module.name
    for package in (tfgen, tfgen.export)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
]
FITS = "an example would train a model: see the notebooks"
EXPORTS = "an example would convert a model, for seconds: see the README"
SHOWS = "gives a figure, which says nothing in text"
SIBLING = "used as its sibling, which has one"
# Modules that users meet and that have no example, and why.
WITHOUT = {
    "tfgen.callbacks.alarms": FITS,
    "tfgen.callbacks.backup": FITS,
    "tfgen.callbacks.history": FITS,
    "tfgen.callbacks.pictures": FITS,
    "tfgen.errors": "exceptions, which others raise",
    "tfgen.export.web.page": EXPORTS,
    "tfgen.kinds.kind": "abstract: its kinds have examples",
    "tfgen.kinds.numbers": "has no method of its own",
    "tfgen.likelihoods.categorical": SIBLING,
    "tfgen.likelihoods.discretised_logistic": SIBLING,
    "tfgen.likelihoods.gaussian": SIBLING,
    "tfgen.plots.curves": SHOWS,
    "tfgen.plots.files": SHOWS,
    "tfgen.plots.matrices": SHOWS,
    "tfgen.plots.scatters": SHOWS,
    "tfgen.plots.walks": SHOWS,
    "tfgen.priors.latent_generator": FITS,
    "tfgen.priors.prior": "abstract: its priors have examples",
    "tfgen.priors.token_generator": FITS,
    "tfgen.vae.iwae": SIBLING,
}


def _met_by_users():
    """The modules behind the names that tfgen and its packages give."""
    modules = set()
    for value in (getattr(tfgen, name) for name in tfgen.__all__):
        names = getattr(value, "__all__", dir(value)) if isinstance(value, types.ModuleType) else ()
        given = [value, *(getattr(value, name) for name in names if not name.startswith("_"))]
        modules |= {getattr(each, "__module__", "") or "" for each in given}
    return {module for module in modules if module.startswith("tfgen.")}


MET = _met_by_users()


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name, record_property):
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    result = doctest.testmod(importlib.import_module(name), optionflags=options)
    assert result.failed == 0
    record_property("examples", result.attempted)
    if name in MET and not result.attempted:
        assert name in WITHOUT, f"{name} has no example: give it one, or say here why not"
        record_property("without_example", f"{name}: {WITHOUT[name]}")


def test_most_modules_that_users_meet_have_an_example():
    assert len(MET) > 80  # else they were not found, and none was asked for an example
    assert set(WITHOUT) <= MET  # the others have gone, or are met no more: take them out
    assert len(WITHOUT) < 0.3 * len(MET)
