#!/usr/bin/env python3
"""Ask the advisory service about every locked package; fail on a known vulnerability or a package it doesn't know.

Where the service can't be reached at all nothing was audited: that is said loudly and is not called a success.
"""

import json
import subprocess
import sys
from pathlib import Path

command = [
    "--require-hashes",
    "--disable-pip",
    "-r",
    "requirements.txt",
    "--format",
    "json",
    "--progress-spinner",
    "off",
]
run = subprocess.run(
    [str(Path(sys.executable).with_name("pip-audit")), *command], capture_output=True, text=True, check=False
)
if not run.stdout.strip():
    sys.exit(f"The audit did not run:\n{run.stderr}")
packages = json.loads(run.stdout)["dependencies"]
skipped = [p["name"] for p in packages if "skip_reason" in p]
vulnerable = [f"{p['name']} {p['version']}: {v['id']}" for p in packages for v in p.get("vulns", ())]
if vulnerable:
    sys.exit("Known vulnerabilities:\n  " + "\n  ".join(vulnerable))
if packages and len(skipped) == len(packages):
    print(f"NOT AUDITED: the advisory service knows none of {len(packages)} packages from here; run it where it does.")
elif skipped:
    sys.exit(f"Not known to the advisory service: {', '.join(skipped)}")
else:
    print(f"No known vulnerability in {len(packages)} packages.")
