"""The public names of a room, for the API pages: what its `__init__` imports from its own files."""

import griffe


class PublicNames(griffe.Extension):
    """Lists what packages without `__all__` offer, and finds what is called like its own file."""

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
