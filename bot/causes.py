"""Why something failed, in words that quote no library and no setting.

What a library says of an error may hold a header, an address with a password, or a line of a file. So its text is never
passed on; what is said comes from fixed lists: the class, the system's error number, TLS's and SQLite's names.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Iterator
from typing import Final

_OURS: Final = __name__.partition(".")[0]
_DEEPEST: Final = 20
_ANOTHER_HOSTS: Final = frozenset({62, 64})  # X509_V_ERR_HOSTNAME_MISMATCH, …_IP_ADDRESS_MISMATCH: these quote the host


def reason(error: BaseException) -> str:
    """Return e.g. "ConnectError (Connection refused)": the class, and what is known of the cause.

    Exceptions of our own are worded by ourselves, so their text is returned as it is.
    """
    if is_ours(error):
        return str(error)
    known = next((words for e in chain(error) if (words := _known(e))), "")
    return f"{type(error).__name__} ({known})" if known else type(error).__name__


def is_ours(error: BaseException) -> bool:
    """Say whether the class of *error* is defined in this program, so that its text is ours too."""
    return type(error).__module__.partition(".")[0] == _OURS


def cause_of(error: BaseException) -> BaseException | None:
    """Return what led to *error*, as a stack trace would show it."""
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and what led to it, whether a stack trace would show that or not."""
    following: BaseException | None = error
    for _ in range(_DEEPEST):
        if following is None:
            return
        yield following
        if isinstance(following, BaseExceptionGroup):
            yield from following.exceptions
        following = following.__cause__ or following.__context__  # a library may hide it with `from None`


def refused_certificate(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """Return *error* where it says why a certificate isn't accepted; aiohttp's own one is empty, and led to by one."""
    if isinstance(error, ssl.SSLCertVerificationError) and hasattr(error, "verify_code"):
        return error
    return None


def _known(error: BaseException) -> str:
    if refused := refused_certificate(error):
        another = refused.verify_code in _ANOTHER_HOSTS
        return f"{refused.reason}: {'it is for another host' if another else refused.verify_message}"
    if isinstance(error, ssl.SSLError):
        return getattr(error, "reason", "") or ""
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, OSError) and error.errno and error.errno > 0:  # below are getaddrinfo's, as aiohttp has them
        return os.strerror(error.errno)  # not error.strerror, which libraries word themselves
    if type(error).__name__ == "ProxyError" and (status := re.match(r"\d{3}\b", str(error))):
        return f"the proxy answered {status[0]}"
    return getattr(error, "sqlite_errorname", None) or ""
