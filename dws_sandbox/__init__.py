"""A DWS and an IAM that run anywhere: their own clock, their own rules, faults on request.

Written from the vendor's documents alone, apart from the client that is tested against it.
"""

from dws_sandbox.call_log import CallRecord
from dws_sandbox.faults import BAD_REQUESTS, FAULTS, KINDS, Armed, CloudFault, Sort
from dws_sandbox.model import CloudClock, RealClock, SimCluster, SimSnapshot
from dws_sandbox.seeds import DWH_ANALYTICS, DWH_ARCHIVE, DWH_DEV, DWH_LEGACY, DWH_NEW, DWH_PROD, DWH_STAGE
from dws_sandbox.server import DwsSimulator

__all__ = [
    "BAD_REQUESTS",
    "DWH_ANALYTICS",
    "DWH_ARCHIVE",
    "DWH_DEV",
    "DWH_LEGACY",
    "DWH_NEW",
    "DWH_PROD",
    "DWH_STAGE",
    "FAULTS",
    "KINDS",
    "Armed",
    "CallRecord",
    "CloudClock",
    "CloudFault",
    "DwsSimulator",
    "RealClock",
    "SimCluster",
    "SimSnapshot",
    "Sort",
]
