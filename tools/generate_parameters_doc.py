"""Writes docs/parameters.md from the settings: ``python tools/generate_parameters_doc.py``."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "TomKingAlgorithm"))

from tomking.risk.validator import chain_rows  # noqa: E402 - the project is no installed package
from tomking.settings import Settings, section_about, settings_rows  # noqa: E402
from tomking.settings.parameter import Row  # noqa: E402

TARGET = ROOT / "docs" / "parameters.md"

HEAD = """\
# Parameters

Every number the framework can be told. This page is generated from the settings
(`python tools/generate_parameters_doc.py`) and a test keeps it fresh. Give parameters in the `"parameters"` of
`TomKingAlgorithm/config.json` or on the command line (`--parameter zero_dte.profit_target_fraction 0.6`). An unknown
name or a value outside its range stops the start.

Fractions are 0 to 1. Lists are separated by commas, pairs written `key:value`. Tables "by phase" have five values,
phase 0 first. `none` switches a value off where that is possible.
"""


def text() -> str:
    """The whole page."""
    parts = [HEAD]
    for section, rows in groupby(settings_rows(Settings()), key=lambda row: row.name.partition(".")[0]):
        parts += [
            f"\n## {section}\n",
            f"{section_about(section)}\n",
            "| parameter | default | unit | allowed | meaning | source |",
        ]
        parts.append("|---|---|---|---|---|---|")
        parts += [_line(row) for row in rows]
    parts += [
        "\n## Validators\n",
        "In the order in which they are asked; the first denial wins, and its code is counted in the report.\n",
    ]
    parts += ["| code | passes when, or bounds |", "|---|---|"]
    parts += [f"| `{code}` | {about} |" for code, about in chain_rows()]
    return "\n".join(parts) + "\n"


def _line(row: Row) -> str:
    cells = (f"`{row.name}`", f"`{row.default}`" if row.default else "", row.unit, row.bounds, row.about, row.source)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
