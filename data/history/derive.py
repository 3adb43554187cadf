"""Makes the history files and their provenance from an unpacked wheel of the `arch` package.

Usage: python derive.py <folder holding arch/ and arch-*.dist-info/>, for example after
``pip download --no-deps arch==8.0.0 && unzip arch-8.0.0-*.whl -d unpacked``.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent


def rows(source: Path) -> Iterator[dict[str, str]]:
    """The lines of a packed csv of the package."""
    with gzip.open(source, "rt", newline="") as file:
        yield from csv.DictReader(file)


def day(text: str) -> str:
    """ISO date of the package's month/day/year."""
    return datetime.strptime(text, "%m/%d/%Y").date().isoformat()  # noqa: DTZ007 - a date has no time zone


def sp500(source: Path) -> Iterator[list[str]]:
    """Prices to the cent: the package holds them as single-precision numbers."""
    for row in rows(source):
        prices = [f"{float(row[name]):.2f}" for name in ("Open", "High", "Low", "Close")]
        yield [day(row["Date"]), *prices, row["Volume"]]


def vix(source: Path) -> Iterator[list[str]]:
    """Closes; the package marks holidays with a dot."""
    for row in rows(source):
        if row["vix"] != ".":
            yield [day(row["Date"]), f"{float(row['vix']):.2f}"]


def wti(source: Path) -> Iterator[list[str]]:
    """Spot closes since the index data begin; days without a price have a dot."""
    for row in rows(source):
        if row["DCOILWTICO"] != "." and day(row["Date"]) >= "1998-12-31":
            yield [day(row["Date"]), f"{float(row['DCOILWTICO']):.2f}"]


def risk_free(source: Path) -> Iterator[list[str]]:
    """One-month bill, percent per month in the package, percent per year here; dated the first of its month."""
    for row in rows(source):
        month = row["Date"]
        if month >= "199812":
            yield [f"{month[:4]}-{month[4:]}-01", f"{12 * float(row['RF']):.2f}"]


FILES = {
    "sp500_daily.csv": ("arch/data/sp500/sp500.csv.gz", ["date", "open", "high", "low", "close", "volume"], sp500),
    "vix_daily.csv": ("arch/data/vix/vix.csv.gz", ["date", "close"], vix),
    "wti_daily.csv": ("arch/data/wti/wti.csv.gz", ["date", "close"], wti),
    "risk_free.csv": ("arch/data/frenchdata/frenchdata.csv.gz", ["date", "percent"], risk_free),
}
DERIVATION = {
    "sp500_daily.csv": "S&P 500 index, prices rounded to 0.01, adjusted close dropped (equal to close), dates ISO",
    "vix_daily.csv": "Cboe volatility index, close only, holidays without a value dropped, dates ISO",
    "wti_daily.csv": "West Texas Intermediate crude oil, spot closes, days without a price dropped, dates ISO",
    "risk_free.csv": "one-month bill rate (K. French data library), monthly percent times 12, dated the 1st",
}


def write(path: Path, header: list[str], lines: Iterable[list[str]]) -> list[list[str]]:
    """Writes one csv in order of date and returns its lines."""
    ordered = sorted(lines)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(ordered)
    return ordered


def main(unpacked: Path) -> None:
    """Writes all files, their provenance and the licence."""
    files = {}
    for name, (source, header, convert) in FILES.items():
        lines = write(HERE / name, header, convert(unpacked / source))
        files[name] = {
            "derived_from": source,
            "derivation": DERIVATION[name],
            "first_date": lines[0][0],
            "last_date": lines[-1][0],
            "rows": len(lines),
            "source_sha256": hashlib.sha256((unpacked / source).read_bytes()).hexdigest(),
            "sha256": hashlib.sha256((HERE / name).read_bytes()).hexdigest(),
        }
    (info,) = unpacked.glob("arch-*.dist-info")
    (HERE / "LICENSE.arch.md").write_bytes((info / "licenses" / "LICENSE.md").read_bytes())
    provenance = {
        "package": "arch",
        "version": info.name.removeprefix("arch-").removesuffix(".dist-info"),
        "license": "NCSA (full text in LICENSE.arch.md)",
        "copyright": "Copyright (c) 2017 Kevin Sheppard",
        "made_by": "derive.py",
        "files": files,
    }
    (HERE / "provenance.json").write_text(json.dumps(provenance, indent=2) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
