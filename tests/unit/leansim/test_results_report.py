from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.finished_run import finished_run

from leansim.errors import InputError
from leansim.results.doubts import doubts
from leansim.results.published import section, sections_of
from leansim.results.report import monthly_returns, write_report
from leansim.results.writer import write

PUBLISHED = {
    "deployment": "local",
    "strategies": [{"strategy": "zero_dte", "exit_reason": "profit", "count": 3, "win_rate": 0.6667}],
    "denials": {"VIX_BAND": 4, "BUYING_POWER": 1},
    "groups": [{"outcome": "FILLED", "count": 5}],
    "buying_power": [{"time": f"2018-01-{day:02d}", "used": day * 1.5} for day in range(2, 20)],
}


def report(directory: Path, published: dict[str, Any] | None = None, **run: Any) -> str:
    write(finished_run(**run), directory, "run", published=published)
    write_report(directory / "run.json", directory / "report.html")
    return (directory / "report.html").read_text(encoding="utf-8")


def without_scripts(document: str) -> str:
    return re.sub(r"<script[^>]*>.*?</script>", "", document, flags=re.DOTALL)


def test_the_report_asks_nobody_for_anything(tmp_path: Path) -> None:
    document = report(tmp_path)
    assert not re.search(r"""(src|href)\s*=\s*["']?\s*(https?:)?//""", without_scripts(document))
    assert "<link" not in without_scripts(document)
    assert "@import" not in document.split("</style>")[0]
    assert not re.search(r"<script[^>]*\bsrc", document)
    assert len(document) > 1_000_000, "the plotting library is inside"


def test_leans_statistics_come_first_and_are_all_there(tmp_path: Path) -> None:
    body = without_scripts(report(tmp_path, PUBLISHED))
    statistics = json.loads((tmp_path / "run.json").read_text())["statistics"]
    assert all(f"<dt>{name}</dt>" in body for name in statistics)
    sections = re.findall(r'<section id="([^"]+)"', body)
    assert sections[:3] == ["statistics", "equity", "months"]
    assert sections[3:8] == ["own-summary", "own-strategies", "own-groups", "own-denials", "own-buying_power"]


def test_modelled_data_are_named_as_such(tmp_path: Path) -> None:
    assert "MODELLED DATA" in report(tmp_path / "model")
    assert "MODELLED DATA" not in without_scripts(report(tmp_path / "real", modelled=False))


def test_text_of_the_run_cannot_break_the_page(tmp_path: Path) -> None:
    document = report(tmp_path, {"notes": [{"time": "</script><b>", "text": "<img src=x>"}]})
    assert "IC|&lt;open&gt;|1" in document
    assert "</script> first line" not in document
    assert "<img src=x>" not in document
    charts = re.search(r'<script id="data"[^>]*>(.*?)</script>', document, re.DOTALL)
    assert charts is not None
    assert len(json.loads(charts[1])["equity"]) > 50


def test_a_failed_run_shows_its_error(tmp_path: Path) -> None:
    assert "no such strike" in without_scripts(report(tmp_path, error="no such strike"))


def test_a_result_of_lean_itself_has_a_report(tmp_path: Path) -> None:
    report(tmp_path)
    result = json.loads((tmp_path / "run.json").read_text())
    del result["engine"]
    (tmp_path / "lean.json").write_text(json.dumps(result))
    write_report(tmp_path / "lean.json", tmp_path / "lean.html")
    assert "the result does not name its data" in (tmp_path / "lean.html").read_text()


@pytest.mark.parametrize("content", ["{", "[]", '{"orders": {}}'])
def test_what_is_no_result_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(InputError, match=r"x\.json"):
        write_report(tmp_path / "x.json", tmp_path / "x.html")


def test_monthly_returns_chain_from_month_to_month() -> None:
    december, january = 1_513_000_000, 1_515_600_000
    table = monthly_returns([(december, 110.0), (january, 99.0), (january + 86_400, 121.0)], 100.0)
    assert table[2017][11] == pytest.approx(10)
    assert table[2018][0] == pytest.approx(10)
    assert table[2018][12] == pytest.approx(10)
    assert table[2017][0] is None


def test_columns_of_numbers_are_read_down() -> None:
    rows = [{"average_win": 280.3, "win_fraction": 0.7368}, {"average_win": -1215.0, "win_fraction": 1.0}]
    found = section("strategies", [*rows, {"average_win": None, "win_fraction": None}])
    assert found.columns == ["average win", "win %"]
    assert found.numeric == [True, True]
    assert found.rows == [["280.3", "73.7"], ["-1,215.0", "100.0"], ["", ""]]


def test_sections_of_any_shape() -> None:
    sections = {section.key: section for section in sections_of(PUBLISHED | {"extra": [1, 2]})}
    assert sections["summary"].rows == [["deployment", "local"]]
    assert sections["denials"].rows == [["VIX_BAND", "4"], ["BUYING_POWER", "1"]]
    assert sections["strategies"].columns == ["strategy", "exit reason", "count", "win rate"]
    (panel,) = sections["buying_power"].panels
    assert [trace["name"] for trace in panel.traces] == ["used"]
    assert sections["extra"].rows == [["1"], ["2"]]
    (nested,) = sections_of(
        {"denials": [{"code": "CREDIT", "texts": [{"text": "too small", "count": 2}, {"text": "none"}]}]}
    )
    assert nested.rows == [["CREDIT", "too small · 2\nnone"]]
    assert sections_of(None) == []


def test_numbers_over_time_share_a_picture_only_when_they_are_alike() -> None:
    rows = [
        {
            "day": f"2018-01-{day:02d}",
            "equity": 1e5,
            "flow": 0.0,
            "used_fraction": 0.1,
            "vix": 15.0,
            "delta": 9.0,
            "theta": 900.0,
        }
        for day in range(1, 20)
    ]
    panels = section("days", rows).panels
    assert [(panel.title, panel.percent) for panel in panels] == [
        ("used", True),
        ("vix, delta", False),
        ("theta", False),
    ]


def trade(profit: float) -> dict[str, Any]:
    payoff = {"prices": [90.0, 110.0], "profits": [-1.0, 1.0], "break_evens": [100.0], "spot": 99.0}
    return {
        "position_id": "x",
        "profit": profit,
        "legs": [],
        "payoff": payoff,
        "life": [["2018-01-02T15:00:00+00:00", 0]],
    }


def test_trades_are_drawn_not_written(tmp_path: Path) -> None:
    document = report(tmp_path, {"trades": [trade(1.0)]})
    assert "break_evens" not in without_scripts(document)
    data = re.search(r'<script id="data"[^>]*>(.*?)</script>', document, re.DOTALL)
    assert data is not None
    assert json.loads(data[1])["trades"][0]["payoff"]["break_evens"] == [100.0]


def result(published: list[float], **figures: str) -> dict[str, Any]:
    return {
        "algorithmConfiguration": {"startDate": "2018-01-01T00:00:00", "endDate": "2018-12-31T00:00:00"},
        "totalPerformance": {
            "portfolioStatistics": {"sharpeRatio": "1", "drawdown": "0.05", **figures},
            "tradeStatistics": {"totalNumberOfTrades": 80, "numberOfLosingTrades": 40, "totalFees": "100"},
        },
        "tomking": {"trades": [trade(profit) for profit in published]},
    }


def test_an_honest_run_is_not_doubted() -> None:
    assert doubts(result([1.0] * 15 + [-2.0] * 5)) == []


@pytest.mark.parametrize(
    ("published", "figures", "word"),
    [
        ([1.0, -1.0] * 10, {"sharpeRatio": "3.01"}, "Sharpe"),
        ([1.0] * 20, {}, "not one loser"),
        ([1.0] * 98 + [-1.0] * 2, {}, "98.0%"),
        ([1.0, -1.0] * 10, {"drawdown": "0"}, "never fell"),
    ],
)
def test_figures_no_honest_run_has_are_doubted(published: list[float], figures: dict[str, str], word: str) -> None:
    (found,) = doubts(result(published, **figures))
    assert word in found


def test_a_high_sharpe_ratio_of_a_few_weeks_is_not_doubted() -> None:
    short = result([1.0, -1.0] * 10, sharpeRatio="5")
    short["algorithmConfiguration"]["endDate"] = "2018-02-01T00:00:00"
    assert doubts(short) == []


def test_trades_without_fees_are_doubted() -> None:
    free = result([1.0, -1.0] * 10)
    free["totalPerformance"]["tradeStatistics"]["totalFees"] = "0"
    (found,) = doubts(free)
    assert "no fees" in found


def test_a_doubt_stands_at_the_top_of_the_page(tmp_path: Path) -> None:
    body = without_scripts(report(tmp_path, {"trades": [trade(1.0) for _ in range(30)]}))
    assert 0 < body.index("not one loser") < body.index('<section id="statistics"')


def test_the_sample_of_the_last_midnight_belongs_to_the_month_it_ends() -> None:
    new_year = int(datetime(2019, 1, 1, 5, tzinfo=UTC).timestamp())  # midnight in New York
    assert list(monthly_returns([(new_year, 110.0)], 100.0)) == [2018]
