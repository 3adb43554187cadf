from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_table_of_what_is_emulated_is_fresh() -> None:
    generator = runpy.run_path(str(ROOT / "tools" / "generate_emulation_table.py"))
    assert (ROOT / "docs" / "emulated.md").read_text(encoding="utf-8") == generator["text"](), (
        "run python tools/generate_emulation_table.py"
    )
