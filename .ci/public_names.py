"""Which names are public to the API pages: those that a room's `__init__` imports from its files."""

import griffe


class PublicNames(griffe.Extension):
    """Lists, for packages without `__all__`, what they import from their own modules."""

    def on_package(self, *, pkg, **kwargs):
        """Go through a package that was read, with all below it."""
        rooms = [pkg]
        while rooms:
            room = rooms.pop()
            rooms += [m for m in room.members.values() if not m.is_alias and m.is_module]
            if room.exports is None and room.is_init_module:
                room.exports = [name for name, one in room.members.items() if _is_own(room, one)]


def _is_own(room, member):
    inside = member.is_alias and member.target_path.startswith(f"{room.path}.")
    return inside and not member.name.startswith("_")
