"""An algorithm's text run through the command line on a data folder, as a user runs it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from leansim.cli import cli


def backtest(data: Path, algorithm: str, **parameters: str) -> Result:
    """Run the text in the folder above the data; the results are in ``out`` beside them."""
    here = data.parent
    (here / "lean.json").write_text("{}")
    (here / "main.py").write_text(algorithm)
    words = ["backtest", here / "main.py", "--output", here / "out", "--no-report", "--data-folder", data]
    for name, value in parameters.items():
        words += ["--parameter", name, value]
    return CliRunner().invoke(cli, [str(word) for word in words])


def seen(data: Path) -> list[str]:
    """What the algorithm that ran on the data logged behind the word SEEN."""
    (log,) = (data.parent / "out").glob("*-log.txt")
    return [line.split(" SEEN ", 1)[1] for line in log.read_text().splitlines() if " SEEN " in line]


def logged(data: Path, algorithm: str) -> list[str]:
    """The same of a text that is run, and has to come to its end."""
    result = backtest(data, algorithm)
    assert result.exit_code == 0, result.output
    return seen(data)
