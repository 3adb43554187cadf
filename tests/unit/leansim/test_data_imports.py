from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from leansim.api import shims
from leansim.api.registry import MODULES, emulated
from leansim.api.surface import is_known_member, members_of, namespace_names, star_imports
from leansim.errors import NotEmulated

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def prelude() -> Iterator[ModuleType]:
    shims.install()
    yield importlib.import_module("AlgorithmImports")
    shims.uninstall()


def tool(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_everything_leans_prelude_exports_has_a_name(prelude: ModuleType) -> None:
    missing = [name for space in star_imports() for name in namespace_names(space) or () if not hasattr(prelude, name)]
    assert missing == []
    assert len(vars(prelude)) > 2_500


def test_pythons_own_names_win_where_lean_lets_them_win(prelude: ModuleType) -> None:
    import datetime
    import typing

    assert prelude.Exception is Exception
    assert prelude.time is datetime.time
    assert prelude.datetime is datetime.datetime
    assert prelude.List is typing.List  # noqa: UP006  # the alias itself is meant
    assert prelude.np.array([1]).sum() == 1
    assert prelude.pd.DataFrame().shape == (0, 0)
    assert prelude.math.sqrt(4) == 2.0
    assert prelude.json.dumps({"a": 1}) == '{"a": 1}'
    assert prelude.os is os
    assert prelude.sys is sys, "LEAN's file imports both for itself"
    assert prelude.AddReference("QuantConnect.Common") is None
    assert not any(hasattr(prelude, name) for name in ("deque", "defaultdict", "partial"))


def test_the_star_import_gives_an_algorithm_what_it_needs() -> None:
    shims.install()
    space: dict[str, Any] = {}
    exec("from AlgorithmImports import *", space)
    names = "QCAlgorithm Resolution OrderStatus Symbol OptionStrategies Leg TradeBar FillModel Futures Market timedelta"
    assert [name for name in names.split() if name not in space] == []
    assert space["QCAlgorithmFramework"] is space["QCAlgorithm"]
    assert space["Math"].round(2.5) == 2.0
    assert space["Math"].Round(2.5) == 2.0
    assert type(space["Decimal"](1.5)).__name__ == "Decimal"
    assert type(space["Enum"]).__name__ == "CLRMetatype"
    with pytest.raises(AttributeError):
        _ = space["Time"].EPOCH_TIME


def test_a_name_leansim_lacks_can_be_named_but_not_used(prelude: ModuleType) -> None:
    model = prelude.MeanVarianceOptimizationPortfolioConstructionModel

    def annotated(given: model) -> model | None:  # type: ignore[valid-type]  # it is a value to mypy
        return given

    assert annotated is not None
    with pytest.raises(NotEmulated, match=r"^MeanVarianceOptimizationPortfolioConstructionModel exists"):
        model()
    with pytest.raises(NotEmulated, match=r"MeanVarianceOptimizationPortfolioConstructionModel\.anything"):
        _ = model.anything
    with pytest.raises(NotEmulated):

        class Mine(model):  # type: ignore[valid-type,misc]  # it is a value to mypy
            pass

    with pytest.raises(NotEmulated):
        isinstance(1, model)
    with pytest.raises(NotEmulated):
        model[int]


def test_namespaces_are_importable_in_every_way_algorithms_do_it(prelude: ModuleType) -> None:
    space: dict[str, Any] = {}
    exec(
        "import QuantConnect as qc\n"
        "from QuantConnect.Data.Market import TradeBar\n"
        "from QuantConnect.Securities.Option import *\n"
        "from System.Drawing import Color\n"
        "from System.Collections.Generic import Dictionary\n"
        "from clr import AddReference\n"
        "AddReference('QuantConnect.Common')\n",
        space,
    )
    assert space["qc"].Resolution is prelude.Resolution
    assert space["qc"].Data.Market.TradeBar is space["TradeBar"] is prelude.TradeBar
    assert space["OptionStrategies"] is prelude.OptionStrategies
    assert space["Color"].DarkBlue._to_hex() == "#00008b"
    with pytest.raises(ImportError):
        exec("from QuantConnect.Orders import OrderStatos", space)
    with pytest.raises(ModuleNotFoundError):
        exec("import QuantConnect.Ordres", space)


def test_uninstalling_leaves_nothing_behind() -> None:
    shims.install()
    importlib.import_module("QuantConnect.Orders")
    shims.uninstall()
    assert not [name for name in sys.modules if name.split(".")[0] in ("QuantConnect", "AlgorithmImports", "System")]
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("AlgorithmImports")


def test_every_registered_module_offers_something() -> None:
    offering = {value.__module__ for value in emulated().values()}
    for name in MODULES:
        module = importlib.import_module(name)
        listed = getattr(module, "__all__", None)
        assert listed or name in offering, name


def test_the_types_of_the_prelude_are_up_to_date() -> None:
    generator = tool("generate_import_types")
    assert generator.TARGET.read_text(encoding="utf-8") == generator.import_types(), (
        "run: python tools/generate_import_types.py"
    )
    ast.parse(generator.import_types())


def test_known_members_include_inherited_ones_in_both_spellings() -> None:
    class QCAlgorithm:
        pass

    class Mine(QCAlgorithm):
        pass

    assert is_known_member(Mine, "combo_market_order")
    assert is_known_member(Mine, "ComboMarketOrder")
    assert not is_known_member(Mine, "combo_markt_order")
    assert "end_time" in members_of("TradeBar")
    assert members_of("NoSuchClass") == frozenset()
