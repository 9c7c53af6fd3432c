"""A DWS and an IAM that run anywhere: their own clock, their own rules, faults on request.

Written from the vendor's documents alone, apart from the client that is tested against it.
"""

from bot.sandbox.dws.calls import Call
from bot.sandbox.dws.faults import BAD_REQUESTS, FAULTS, KINDS, Armed, Fault, Sort
from bot.sandbox.dws.model import Clock, RealClock, SimCluster, SimSnapshot
from bot.sandbox.dws.seeds import DWH_ANALYTICS, DWH_ARCHIVE, DWH_DEV, DWH_LEGACY, DWH_NEW, DWH_PROD, DWH_STAGE
from bot.sandbox.dws.server import DwsSimulator

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
    "Call",
    "Clock",
    "DwsSimulator",
    "Fault",
    "RealClock",
    "SimCluster",
    "SimSnapshot",
    "Sort",
]
