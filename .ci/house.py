"""What the API pages are told of the package, beyond what they read in it."""

import re

import griffe


class House(griffe.Extension):
    """Knows how the house writes packages, values and docstrings.

    Public names of a room are those that its `__init__` imports from its own files. A class with
    `@serializable` has the constructor that its fields make. A docstring has one `Example`.
    """

    def on_instance(self, *, obj, **kwargs):
        """Call the section by the name that the parser of docstrings has for it."""
        if obj.docstring:
            obj.docstring.value = re.sub(r"(?m)^Example:$", "Examples:", obj.docstring.value)

    def on_package(self, *, pkg, **kwargs):
        """Go through a package that was read, with all below it."""
        rooms = [pkg]
        while rooms:
            room = rooms.pop()
            rooms += [m for m in room.members.values() if not m.is_alias and m.is_module]
            if room.is_init_module:
                _unshadow(room)
                if room.exports is None:
                    names = room.members.items()
                    room.exports = [name for name, one in names if _is_own(room, one)]

    def on_class_members(self, *, cls, **kwargs):
        """Give `@serializable` classes their constructor."""
        if any(str(d.value).startswith("serializable") for d in cls.decorators):
            fields = [a for a in cls.attributes.values() if a.annotation is not None]
            fields = [a for a in fields if not str(a.annotation).startswith("ClassVar")]
            init = griffe.Function(
                "__init__", parameters=griffe.Parameters(_SELF, *map(_as, fields))
            )
            cls.set_member("__init__", init)


_SELF = griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)


def _as(field):
    kind = griffe.ParameterKind.positional_or_keyword
    return griffe.Parameter(field.name, annotation=field.annotation, kind=kind, default=field.value)


def _unshadow(room):
    """Let `networks.mlp` be the function, as it is once imported, and not the file `mlp.py`."""
    for shadow in [n for n, path in room.imports.items() if path == f"{room.path}.{n}.{n}"]:
        file = room.members[shadow]
        for name, path in room.imports.items():
            if path == f"{file.path}.{name}":
                room.set_member(name, griffe.Alias(name, target=file.members[name], parent=room))


def _is_own(room, member):
    inside = member.is_alias and member.target_path.startswith(f"{room.path}.")
    return inside and not member.name.startswith("_")
