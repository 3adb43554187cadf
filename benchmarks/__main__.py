"""Run the workloads and print their figures: `make bench`, or `python -m benchmarks desk engine w1 252`.

Every figure stands beside a floor measured in the same run on the same data: what this machine needs for the part of
the work nobody can avoid. Compare ratios; absolute times belong to the machine and to the moment.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import desk, engine, greeks, journal, model_data, recorded, tastytrade, w1
from benchmarks.figure import Figure

WORKLOADS = {
    "desk": desk.measure,
    "engine": engine.measure,
    "greeks": greeks.measure,
    "journal": journal.measure,
    "model_data": model_data.measure,
    "recorded": recorded.measure,
    "tastytrade": tastytrade.measure,
    "w1": w1.measure,
}


def main(arguments: list[str]) -> int:
    """Measure the named workloads, all of them by default; numbers behind the name of W1 are its days."""
    names = [name for name in arguments if not name.isdigit()]
    days = [int(number) for number in arguments if number.isdigit()]
    unknown = [name for name in names if name not in WORKLOADS]
    if unknown:
        print(f"unknown workload {unknown[0]!r}; there are {', '.join(WORKLOADS)}", file=sys.stderr)
        return 2
    if days and names != ["w1"]:
        print("numbers are days of w1: python -m benchmarks w1 252", file=sys.stderr)
        return 2
    table = Table("workload", "figure", "floor", "ratio", title="higher figures are better, ratio = figure / floor")
    with tempfile.TemporaryDirectory() as folder:
        for name in names or WORKLOADS:
            figures = w1.measure(Path(folder), days) if days else WORKLOADS[name](Path(folder))
            for figure in figures:
                table.add_row(*row(figure))
    Console().print(table)
    return 0


def row(figure: Figure) -> tuple[str, str, str, str]:
    """One figure as the table shows it."""
    ratio = figure.rate / figure.floor_rate
    return (
        figure.name,
        f"{_number(figure.rate)} {figure.unit}/s",
        f"{_number(figure.floor_rate)} {figure.unit}/s ({figure.floor_name})",
        f"{ratio:.3f}",
    )


def _number(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
