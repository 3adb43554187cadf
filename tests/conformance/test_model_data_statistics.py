"""The statistics of modelled quotes beside those of LEAN's recorded sample days."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from sample_data import LEAN_DATA, MISSING

from tools.model_statistics import BUCKETS, IMAGES, Quoted, modelled, recorded

pytestmark = pytest.mark.skipif(not LEAN_DATA.is_dir(), reason=MISSING)

SPXW, ES = 0, 1


@pytest.fixture(scope="module")
def real() -> tuple[Quoted, Quoted]:
    return recorded(LEAN_DATA)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[Quoted, Quoted]:
    return modelled(tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize(("market", "dear"), [(SPXW, 0.10), (ES, 0.25)])
def test_spreads_are_those_of_the_market_to_a_tick(
    real: tuple[Quoted, Quoted], model: tuple[Quoted, Quoted], market: int, dear: float
) -> None:
    pairs = zip(BUCKETS, real[market].medians("spread"), model[market].medians("spread"), strict=True)
    for (low, _), seen, made in pairs:
        assert abs(made - seen) <= (dear if low >= 3 else 0.05) + 1e-9, (low, seen, made)


def test_sizes_fall_with_the_price_as_the_market_s_do(
    real: tuple[Quoted, Quoted], model: tuple[Quoted, Quoted]
) -> None:
    for seen, made in zip(real[SPXW].medians("size"), model[SPXW].medians("size"), strict=True):
        assert abs(math.log(made / seen)) < math.log(3.0), (seen, made)
    sizes = model[SPXW].medians("size")
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("market", [SPXW, ES])
def test_puts_and_calls_keep_parity_inside_their_spreads(
    real: tuple[Quoted, Quoted], model: tuple[Quoted, Quoted], market: int
) -> None:
    assert np.median(real[market].parity) < 0.5
    assert np.median(model[market].parity) < 0.5
    assert np.percentile(model[market].parity, 99) <= 1.0


def test_the_smile_is_that_of_e_mini_options(real: tuple[Quoted, Quoted], model: tuple[Quoted, Quoted]) -> None:
    for deviations in (-1.0, -0.5, 0.5, 1.0, 1.5):
        seen, made = (float(np.interp(deviations, *data[ES].smile)) for data in (real, model))
        assert made == pytest.approx(seen, abs=0.06), deviations


def test_the_pictures_of_the_page_exist() -> None:
    page = (IMAGES.parent / "data.md").read_text()
    for picture in IMAGES.glob("model_*.svg"):
        assert f"images/{picture.name}" in page
        assert picture.read_text().startswith("<svg")
    assert len(list(Path(IMAGES).glob("model_*.svg"))) == 3
