from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest
from tomking.frozen import quickly_made


class Base:
    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Plain(Base):
    name: str
    size: int
    text: str = ""
    legs: tuple[int, ...] = (1, 2)


@quickly_made
@dataclass(frozen=True, slots=True)
class Quick(Base):
    name: str
    size: int
    text: str = ""
    legs: tuple[int, ...] = (1, 2)


def test_it_is_what_it_would_be_otherwise() -> None:
    for made in (Quick("a", 1), Quick("a", size=1), Quick(size=1, name="a", text="")):
        assert type(made) is Quick
        assert repr(made) == repr(Plain("a", 1)).replace("Plain", "Quick")
        assert made == Quick("a", 1, "", (1, 2))
        assert hash(made) == hash(Plain("a", 1))
    assert replace(Quick("a", 1), text="b") == Quick("a", 1, "b")
    assert copy.deepcopy(Quick("a", 1)) == Quick("a", 1)
    assert pickle.loads(pickle.dumps(Quick("a", 1))) == Quick("a", 1)
    assert Quick("a", 1) != Plain("a", 1)


def test_it_is_frozen() -> None:
    made = Quick("a", 1)
    with pytest.raises(FrozenInstanceError):
        made.name = "b"  # type: ignore[misc]  # that it cannot be is the test
    with pytest.raises(FrozenInstanceError):
        del made.size  # type: ignore[misc]  # likewise
    assert made == Quick("a", 1)


def test_arguments_that_do_not_fit_are_refused() -> None:
    for arguments in ((), ("a",), ("a", 1, "", (), "more")):
        with pytest.raises(TypeError):
            Quick(*arguments)  # type: ignore[arg-type]  # likewise
    with pytest.raises(TypeError):
        Quick("a", 1, color="red")  # type: ignore[call-arg]  # likewise


def test_a_class_that_does_more_than_take_its_fields_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Checked:
        size: int

        def __post_init__(self) -> None:
            if self.size < 0:
                raise ValueError

    @dataclass(frozen=True, slots=True)
    class Made:
        sizes: list[int] = field(default_factory=list)

    for kind in (Checked, Made):
        with pytest.raises(TypeError, match="does more"):
            quickly_made(kind)
