"""What a file takes and gives, in a line of a table."""


def line(found, endpoint):
    """Return the line of a table: the file's name, its size, and an endpoint's inputs and outputs.

    Args:
        found: an `Inspection`.
        endpoint: the name of a signature.
    """

    def side(tensors):
        return ", ".join(f"{name} {t.dtype} {list(t.shape)}" for name, t in tensors.items())

    signature = found.signatures[endpoint]
    sides = side(signature.inputs), side(signature.outputs)
    return f"| {' | '.join((found.name, f'{found.bytes / 1e3:.0f}', *sides))} |"
