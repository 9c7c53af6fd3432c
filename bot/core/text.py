"""Text from outside in one form: what is canonical here is what is kept, sent, shown and compared.

Sources: Unicode Standard Annex #15 (NFC, NFKC), Technical Standard #51 (which joiners make an emoji).
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final
from unicodedata import category, name, normalize

_BREAKS: Final = "\n\r\x0b\x0c\x85\u2028\u2029"
_BLANK_PICTURE: Final = "\u2800"  # a Braille pattern without dots: a symbol by its category, a blank to the eye
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Invisible, too, though their categories are those of letters and marks: fillers and variation selectors.
_FILLERS: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]"
)
_JOINERS: Final = re.compile("[\u200d\ufe0e\ufe0f]")
_PICTURE: Final = "\u2190-\u2bff\U0001f000-\U0001faff"
# A selector has a picture (or a keycap's digit) before it, a joiner has one on both sides; elsewhere they hide.
_STRAY: Final = re.compile(
    f"(?<![#*0-9\u00a9\u00ae\u203c\u2049\u2122\u2139\u3030\u303d\u3297\u3299{_PICTURE}])[\ufe0e\ufe0f]"
    f"|(?<![{_PICTURE}])(?<![{_PICTURE}]\ufe0f)\u200d|\u200d(?![{_PICTURE}])"
)
_UNHELD: Final = re.compile("[\0\ud800-\udfff]")
_DASHES: Final = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_CALLED: Final = {"\t": "tab", "\n": "line end", "\r": "line end"}  # Unicode has no names for these
_FOUR_BYTES: Final = re.compile("[\U00010000-\U0010ffff]")
# What becomes of each character of four bytes where only three have room: kept after all, dropped, or one mark for
# the character, for each UTF-16 unit, for each byte.
_LEFT_OF_FOUR_BYTES: Final = (r"\g<0>", "", "?", "??", "????", "\ufffd", "\ufffd\ufffd", "\ufffd\ufffd\ufffd\ufffd")


def canonical(text: str, *, lines: bool = False) -> str:
    """Return *text* in NFC without what can't be seen, blanks squeezed and trimmed; in one line unless *lines*.

    Gone are control, direction, zero-width, private-use and unassigned characters and halves of surrogate pairs: they
    let a text pose as another one, or turn the text after it around. Emoji keep the joiners that make them. Any blank
    is a space; with *lines* a line break stays one, and empty lines go.
    """
    if text.isascii() and text.isprintable():  # most texts: nothing is hidden, and only blanks have to be squeezed
        return " ".join(text.split())
    seen = []
    for char in _FILLERS.sub("", text):
        if char in _BREAKS:
            seen.append("\n" if lines else " ")
        elif char.isspace() or char == _BLANK_PICTURE:
            seen.append(" ")
        elif category(char) not in _UNSEEN or char == "\u200d":
            seen.append(char)
    kept = normalize("NFC", _STRAY.sub("", normalize("NFC", "".join(seen))))
    return "\n".join(line for part in kept.split("\n") if (line := " ".join(part.split())))


def held(text: str) -> str:
    """Return *text* with U+FFFD for what neither UTF-8 nor a database holds: halves of surrogate pairs, and NUL.

    JSON may carry both. A mark stands for each, so that what was another name is no equal of ours afterwards.
    """
    return _UNHELD.sub("\ufffd", text)


def name_of(char: str) -> str:
    """Return what a character is called: "zero-width space", "tab"; its number where it has no name."""
    called = _CALLED.get(char) or name(char, "").lower().replace("zero width", "zero-width")
    return called or f"U+{ord(char):04X}"


def lookup_key(text: str) -> str:
    """Return what a name or an id is looked up by: canonical, in one case, every dash a hyphen.

    Phones and documents turn hyphens into dashes of other kinds.
    """
    return _DASHES.sub("-", canonical(text)).casefold()


def is_rendering(shown: str, of: str) -> bool:
    """Say whether *shown* is what a cloud may make of the text *of* that it was given.

    It may fold lines and blanks, normalize (even NFKC), escape for HTML, and lose characters of four bytes.
    """
    found, given = _key(unescape(shown)), canonical(of)
    return any(_key(_FOUR_BYTES.sub(left, given)) == found for left in _LEFT_OF_FOUR_BYTES)


def _key(text: str) -> str:
    return canonical(normalize("NFKC", _JOINERS.sub("", canonical(text))))
