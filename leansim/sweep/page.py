"""The page of a sweep: every run in one table, and the target over two of the parameters as a heat map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from leansim.results.document import write_document
from leansim.sweep.grid import Axis

_SHOWN: Final = ("Net Profit", "Drawdown", "Sharpe Ratio", "Sortino Ratio", "Win Rate", "Expectancy", "Total Orders")


def write_page(target: Path, title: str, axes: Sequence[Axis], summary: Mapping[str, Any]) -> None:
    """Write the page of a sweep's summary."""
    runs = summary["runs"]
    statistics = [name for name in _SHOWN if any(name in run["statistics"] for run in runs)]
    data = {
        "axes": {axis.name: axis.values for axis in axes},
        "largest": summary["direction"] == "max",
        "target": summary["target"],
        "runs": [
            {"at": run["parameters"], "score": run["score"], "counts": not run["error"] and not run["broken"]}
            for run in runs
        ],
    }
    rows = [
        [
            *run["parameters"].values(),
            "" if run["score"] is None else f"{run['score']:g}",
            *(run["statistics"].get(name, "") for name in statistics),
            run["error"] or "; ".join(f"not {condition}" for condition in run["broken"]),
        ]
        for run in runs
    ]
    write_document(
        target,
        "sweep.html",
        data,
        modelled=summary["modelledData"],
        title=f"{title}: sweep",
        project=title,
        statistic=summary["target"],
        direction="largest" if summary["direction"] == "max" else "smallest",
        constraints=summary["constraints"],
        columns=[*data["axes"], summary["target"], *statistics, "remark"],
        rows=rows,
        best=summary["best"],
    )
