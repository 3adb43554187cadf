"""What every page shares: one file with everything in it, so that it opens offline and asks nobody for anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2
import plotly.offline  # type: ignore[import-untyped]  # plotly ships no types


def write_document(target: Path, template: str, data: Any, *, modelled: bool, **parts: Any) -> None:
    """Render a template into a file.

    Args:
        target: the file; its folder is made.
        template: name of the template.
        data: what the page's script draws from, as JSON.
        modelled: some of what it shows comes from modelled data; the page begins with that.
        parts: what the template shows.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("leansim.results"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    page = environment.get_template(template).render(
        **parts, modelled=modelled, data=_script_json(data), plotly=plotly.offline.get_plotlyjs()
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page + "\n", encoding="utf-8", newline="\n")


def _script_json(value: Any) -> str:
    """JSON that may stand in a script element: no ``</script>`` can end it early."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
