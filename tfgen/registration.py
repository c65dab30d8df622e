"""Lets Keras find tfgen's classes in saved models, though a bare `import tfgen` imports none.

Keras keeps the classes it can load in a dictionary. Here is one in its place that imports tfgen's
when the first of them is asked for.
"""

import sys
from importlib.machinery import PathFinder

_ROOM = "keras.src.saving.object_registration"
_DICTIONARY = "GLOBAL_CUSTOM_OBJECTS"


class _Known(dict):
    """Keras's dictionary of names and classes."""

    def __contains__(self, name):
        if not super().__contains__(name) and str(name).startswith("tfgen>"):
            from tfgen.loading import register_all

            register_all()
        return super().__contains__(name)


class _WhenImported:
    """Puts the dictionary in place as soon as Keras's module of it is imported."""

    def find_spec(self, name, path, target=None):
        if name != _ROOM:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def run_and_replace(module):
                run(module)
                _replace(module)

            spec.loader.exec_module = run_and_replace
        return spec


def with_keras():
    """Arrange for it, now if Keras is there, else when it comes; Keras is not imported for it."""
    module = sys.modules.get(_ROOM)
    if module is not None:
        _replace(module)
    else:
        sys.meta_path.insert(0, _WhenImported())


def _replace(module):
    known = getattr(module, _DICTIONARY, None)
    if type(known) is dict:  # else Keras keeps them in another way: tfgen.load_model still knows
        setattr(module, _DICTIONARY, _Known(known))
