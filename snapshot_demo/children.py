"""How a process is started that ends when the one that started it does, even where that is killed."""

from __future__ import annotations

import shutil
import signal
import subprocess


def tied(number: signal.Signals) -> list[str]:
    """Return what to put before a command, so that it gets the signal *number* when this process is gone.

    That is Linux' work, and setpriv's of util-linux; where there is no such thing, nothing. It goes by the thread that
    starts the command: let the main one do it, since others end sooner.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None or subprocess.run([setpriv, "--pdeathsig=keep", "true"], capture_output=True).returncode:  # noqa: S603 -- no input of anybody's
        return []
    return [setpriv, f"--pdeathsig={number.name.removeprefix('SIG')}"]
