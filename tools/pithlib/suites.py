"""The test suites: each prints its tests by name, and all are added up."""
from __future__ import annotations

NAMES = ["lint", "workbench", "unit", "model", "system"]


def run(names, regex):
    raise NotImplementedError
