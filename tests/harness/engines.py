"""On which engines the tests of a request's life run: on both at places that tell, or everywhere."""

from __future__ import annotations

import os
from typing import Final

ALL: Final = os.environ.get("SNAPSHOT_BOT_TEST_ENGINES") == "all"
