"""What clients of plain HTTP need in tests."""

from __future__ import annotations

import ssl
from typing import Final

# Reading the bundle of CAs for each client would be most of the tests' time.
NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
