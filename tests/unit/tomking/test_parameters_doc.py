from __future__ import annotations

import runpy
from pathlib import Path

from tomking.risk.validator import chain_rows

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_is_fresh() -> None:
    generator = runpy.run_path(str(ROOT / "tools" / "generate_parameters_doc.py"))
    assert (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8") == generator["text"](), (
        "run python tools/generate_parameters_doc.py"
    )


def test_the_page_of_refusals_lists_the_chain() -> None:
    page = (ROOT / "docs" / "risk.md").read_text(encoding="utf-8")
    listed = [line for line in page.splitlines() if line.startswith("| `")]
    assert listed == [f"| `{code}` | {about} |" for code, about in chain_rows()]
