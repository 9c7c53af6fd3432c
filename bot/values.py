"""What settings hold, in the form in which it is used; each mistake in words that never repeat the value.

Values come with the line end of an `echo`, or broken by an editor. What can't be sent is found here, when
it is read: a library would find it later, and quote it.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

LISTEN: Final = "127.0.0.1:8080"  # where the bot listens, unless the settings say otherwise
_HEADER: Final = re.compile(r"[\x20-\x7e]*")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")  # how bytes that aren't UTF-8 stand in the environment
_HOST: Final = re.compile(r"[\w.-]+")
_NUMBER: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_ADDRESS: Final = re.compile(r"(?P<host>\[[^\[\]]+\]|[^\[\]:]+):(?P<port>[0-9]{1,5})")
_AROUND: Final = "".join(map(chr, (0x00AD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF)))  # none is seen
# What people call a cloud, a profile, a region: words of letters, and numbers of their own. A password or a token that
# was pasted into the wrong variable rarely looks so.
NAME: Final = re.compile(r"[A-Za-z]?[a-z]{1,23}([-_. ]([a-z]{1,16}|[0-9]{1,3})){0,4}")
REGION: Final = re.compile(r"[a-z]{2}-[a-z]{2,14}[0-9]?(-[0-9]{1,3})?")
_FILES: Final = re.compile(r"\.(ya?ml|json|pem|crt|cer|ca-bundle|ini|cfg|conf|txt)", re.IGNORECASE)
QUOTES: Final = "\"'`\u00b4\u00ab\u00bb\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a"

_NOT_UTF8: Final = "is not text in UTF-8: set it again"


def stripped(text: str) -> str:
    """Return *text* without the white space around it, and without what isn't seen there either, such as a BOM."""
    while (found := text.strip().strip(_AROUND)) != text:
        text = found
    return text


def is_quoted(text: str) -> bool:
    """Say whether *text*, apart from white space around it, begins and ends with a quotation mark of any kind."""
    found = stripped(text)
    return len(found) > 1 and found[0] in QUOTES and found[-1] in QUOTES


def quoted(text: str, form: re.Pattern[str] = NAME) -> str:
    """Return *text* in quotes for a message if it has the *form* of a name; else, as it may be a secret, words."""
    return repr(text) if form.fullmatch(text) else "'…' (not shown: it doesn't look like a name)"


def shown_path(given: str, path: Path) -> str:
    """Return *path*, *given* so, for a message if it surely is one, and no secret in its place; else words for it."""
    try:
        is_one = _FILES.fullmatch(path.suffix) or ("/" in given and len(path.parts) > 2 and path.parent.is_dir())
    except (OSError, ValueError):
        is_one = False
    return str(path) if is_one else "'…' (not shown: it doesn't look like a path)"


def for_header(text: str) -> str:
    """Return *text* without the white space around it, as an HTTP header can carry it.

    Raises:
        ValueError: it holds what no header can carry.
    """
    found = stripped(text)
    if not _HEADER.fullmatch(found):
        raise ValueError("holds a line break or another character that no HTTP header can carry: copy it again")
    return found


def text(text: str) -> str:
    """Return *text*, of any number of lines, without the white space around it.

    Raises:
        ValueError: it holds NUL, or isn't UTF-8.
    """
    return encodable(stripped(text))


def plain(text: str) -> str:
    """Return *text*, one line, without the white space around it.

    Raises:
        ValueError: it holds a control character, or isn't UTF-8.
    """
    found = stripped(text)
    if _CONTROL.search(found):
        raise ValueError("holds a line break or another control character: copy it again")
    return encodable(found)


def password(text: str) -> str:
    """Return *text* without line ends (and BOM) around it; blanks may belong to a password, as may anything within.

    openstacksdk sends the line end as well, and IAM refuses that.

    Raises:
        ValueError: it holds NUL, or isn't UTF-8.
    """
    return encodable(text.strip("\r\n\ufeff"))


def encodable(text: str) -> str:
    """Return *text* as it is.

    Raises:
        ValueError: it holds NUL, or isn't UTF-8.
    """
    if "\0" in text or _SURROGATE.search(text):
        raise ValueError(_NOT_UTF8)
    return text


def number(text: str) -> float:
    """Return the number that *text* is, written as a person reads it: digits, and a point where it has a fraction.

    Raises:
        ValueError: it is none: an exponent, "nan", a separator of thousands, a unit.
    """
    if not _NUMBER.fullmatch(text):
        raise ValueError("must be a plain number, such as 8 or 0.5")
    return float(text)


def whole(text: str) -> int:
    """Return the whole number that *text* is, in digits alone.

    Raises:
        ValueError: it is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError("must be a whole number, such as 20")
    return int(text)


def host_and_port(text: str) -> tuple[str, int]:
    """Return the host (IPv6 without its brackets) and the port that *text* names.

    Raises:
        ValueError: it is no host:port.
    """
    written = _ADDRESS.fullmatch(text)
    host, port = (written["host"].strip("[]"), int(written["port"])) if written else ("", 0)
    bracketed = text.startswith("[")
    if not is_host(host) or port > 65535 or bracketed != (":" in host):
        raise ValueError("not host:port, such as 127.0.0.1:8080 or [::1]:8080; for every address 0.0.0.0:8080")
    return host, port


def address(text: str) -> SplitResult:
    """Return the parts of an http(s) address of a host, with port and path where given.

    Raises:
        ValueError: it is none, or carries a user, a query or a fragment.
    """
    found = stripped(text)
    if _CONTROL.search(found) or _SURROGATE.search(found) or re.search(r"\s", found):
        raise ValueError("not an http(s) address")
    try:
        parts = urlsplit(found)
        port, host = parts.port, parts.hostname or ""
    except ValueError:  # its text quotes what it takes for the port
        raise ValueError("not an http(s) address") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("not an http(s) address")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("only scheme, host, port and path are expected")
    if port == 0:
        raise ValueError("port 0")
    if not is_host(host):
        raise ValueError("not an http(s) address")
    return parts


def is_host(text: str) -> bool:
    """Say whether *text* can be a host: a name that can be asked for, or an IP address without brackets."""
    if ip(text) is not None:
        return True
    try:
        text.encode("idna")
    except UnicodeError:
        return False
    return bool(_HOST.fullmatch(text))


def ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the IP address that *text* is, or None; an IPv4 address in IPv6's clothes is an IPv4 address."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


def http_date(text: str) -> datetime | None:
    """Return the moment in a header such as `Date`, aware; None where there is none."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
