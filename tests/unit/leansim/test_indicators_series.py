"""ARIMA: what it forecasts, and how it fails."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from leansim.api.net import ArgumentException, IndexOutOfRangeException
from leansim.feed.indicators_series import AutoRegressiveIntegratedMovingAverage as Arima

NINE = datetime(2021, 1, 11, 9)


def fed(arima: Arima, values: list[float]) -> Arima:
    for minute, value in enumerate(values):
        arima.update(NINE + timedelta(minutes=minute), value)
    return arima


def test_it_is_zero_until_it_has_its_period() -> None:
    arima = fed(Arima(1, 0, 0, 4, False), [1.0, 2.0, 4.0])
    assert (arima.is_ready, arima.current.value) == (False, 0.0)


def test_an_autoregression_finds_the_factor_between_neighbours() -> None:
    arima = fed(Arima(1, 0, 0, 4, False), [1.0, 2.0, 4.0, 8.0])
    # from the newest to the oldest each value is half of the one before
    assert arima.ar_parameters == pytest.approx([0.5])
    assert arima.current.value == pytest.approx(4.0)
    assert arima.ar_residual_error == pytest.approx(0.0)


def test_differences_are_summed_up_again() -> None:
    arima = fed(Arima("name", 1, 1, 0, 4), [1.0, 2.0, 4.0, 8.0])
    # differences 4, 2, 1 and a next one of 2: with the oldest value below them
    assert arima.current.value == pytest.approx(1 + 1 + 2 + 4 + 2)
    assert arima.name == "name"


def test_errors_of_the_first_step_are_regressors_of_the_second() -> None:
    values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]
    arima = fed(Arima(1, 0, 1, 8, True), values)
    newest_first = np.array(values[::-1])
    known, wanted = newest_first[:-1, None], newest_first[1:]
    left = wanted - known @ np.linalg.lstsq(known, wanted, rcond=None)[0]
    both = np.hstack([np.ones((7, 1)), known, np.concatenate([[0.0], left[:-1]])[:, None]])
    constant, own, error = np.linalg.lstsq(both, wanted, rcond=None)[0]
    assert [arima.intercept, *arima.ar_parameters, *arima.ma_parameters] == pytest.approx([constant, own, error])
    assert arima.current.value == pytest.approx(constant + own * newest_first[0] + error * left[1])


def test_what_has_no_solution_has_coefficients_of_zero() -> None:
    arima = fed(Arima(1, 0, 0, 3, False), [0.0, 0.0, 0.0])
    assert arima.ar_parameters == [0.0]
    strict = Arima(1, 0, 0, 3, False)
    strict.handle_exceptions = False
    with pytest.raises(np.linalg.LinAlgError):
        fed(strict, [0.0, 0.0, 0.0])


def test_what_lean_does_not_take() -> None:
    for arguments in ((-1, 0, 0, 5), (0, 0, 1, 5), (3, 0, 0, 2)):
        with pytest.raises(ArgumentException):
            Arima(*arguments)
    with pytest.raises(IndexOutOfRangeException):
        fed(Arima(2, 0, 1, 6), [1.0, 2.0, 4.0, 7.0, 1.0, 3.0])


def test_it_forgets() -> None:
    arima = fed(Arima(1, 0, 0, 3, False), [1.0, 2.0, 4.0])
    arima.reset()
    assert not arima.is_ready
    assert fed(arima, [1.0, 2.0]).current.value == 0.0
