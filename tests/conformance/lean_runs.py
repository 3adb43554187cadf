"""Runs of golden algorithms through the whole engine, in this process, and the recordings to compare them with."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leansim.lean_data.folder import DataFolder
from leansim.loop import RunConfig, RunResult, run
from leansim.results.recorder import EngineInfo, Recorder

SHARED = Path(os.environ.get("TOMKING_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
GOLDENS = SHARED / "lean-goldens"
needs_goldens = pytest.mark.skipif(
    not GOLDENS.is_dir(), reason="LEAN's recordings are not beside the repository (TOMKING_SHARED)"
)


@dataclass(frozen=True)
class GoldenRun:
    """What a run left behind."""

    result: RunResult
    recorder: Recorder
    store: Path

    @property
    def log(self) -> list[str]:
        """All log lines."""
        return self.recorder.log_lines

    def stored(self, key: str) -> Any:
        """The JSON an algorithm saved under a key of the object store."""
        return json.loads((self.store / key).read_text(encoding="utf-8"))

    def probe_lines(self) -> list[dict[str, Any]]:
        """The records of a probe: its log lines ``P {json}``."""
        return probe_lines(self.log)


def run_algorithm(
    file: Path,
    store: Path,
    parameters: Mapping[str, str] | None = None,
    data: Path | None = None,
    algorithm_id: str | None = None,
) -> GoldenRun:
    """Run an algorithm of the recordings on LEAN's sample data, the object store in ``store``."""
    recorder = Recorder(EngineInfo("conformance"))
    folder = DataFolder(data or SHARED / "lean-data", cache=False)
    result = run(RunConfig(file, folder, parameters or {}, store, algorithm_id or file.stem), recorder)
    return GoldenRun(result, recorder, store)


def golden(relative: str) -> Any:
    """A recording, plain or compressed."""
    path = GOLDENS / relative
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as file:
            return json.load(file)
    return json.loads(path.read_text(encoding="utf-8"))


def golden_probe(name: str) -> Any:
    """The recording of a probe, whichever way it is kept."""
    packed = GOLDENS / "probes" / f"{name}.json.gz"
    return golden(f"probes/{name}.json.gz" if packed.is_file() else f"probes/{name}.json")


def probe_lines(log: list[str]) -> list[dict[str, Any]]:
    """The records among log lines."""
    return [json.loads(line.partition(" P ")[2]) for line in log if " P {" in line]


MESSAGES = frozenset({"msg", "text"})
"""Texts for people: not compared."""


def comparable(value: Any, tolerance_digits: int = 6) -> Any:
    """A record without its messages, numbers rounded, so that two engines' records can be compared with ``==``."""
    if isinstance(value, dict):
        return {key: comparable(item, tolerance_digits) for key, item in value.items() if key not in MESSAGES}
    if isinstance(value, list):
        return [comparable(item, tolerance_digits) for item in value]
    if isinstance(value, float):
        return round(value, tolerance_digits) + 0.0
    return value
