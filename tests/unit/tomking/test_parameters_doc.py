from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_is_fresh() -> None:
    generator = runpy.run_path(str(ROOT / "tools" / "generate_parameters_doc.py"))
    assert (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8") == generator["text"](), (
        "run python tools/generate_parameters_doc.py"
    )
