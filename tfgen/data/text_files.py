"""Text files, read piece by piece: memory does not grow with them."""

import codecs
import io

CHUNK = 2**20  # bytes that are read at a time


def chunks(path):
    """Yield the text of a UTF-8 file in pieces, with plain line breaks, without a byte order mark.

    Raises:
        ValueError: for what is no UTF-8, with the offset of the byte, and for a binary file.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    place = 0
    with open(path, "rb") as file:
        while True:
            read = file.read(CHUNK)
            _check_text(path, read, place)
            waiting = len(decoder.getstate()[0])  # the first bytes of a character
            try:
                text = decoder.decode(read, final=not read)
            except UnicodeDecodeError as error:
                byte, offset = error.object[error.start], place - waiting + error.start
                raise ValueError(
                    f"{path} is no UTF-8: the byte 0x{byte:02x} at offset {offset:,} is part of no "
                    "character. Convert it, as by `iconv -f ISO-8859-1 -t UTF-8`."
                ) from error
            text = newlines.decode(text, final=not read)
            text = text if place else text.removeprefix("\ufeff")
            if text:
                yield text
            if not read:
                return
            place += len(read)


def translated(text):
    """Return text with every line break as it is in UNIX."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _check_text(path, read, place):
    wide = place == 0 and read[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if wide:
        raise ValueError(
            f"{path} is UTF-16: expected UTF-8. Convert it by `iconv -f UTF-16 -t UTF-8`."
        )
    if (zero := read.find(b"\0")) >= 0:
        raise ValueError(
            f"{path} is a binary file (a zero byte at offset {place + zero:,}): expected UTF-8 "
            "text. Choose another file."
        )
