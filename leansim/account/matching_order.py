"""In which order LEAN tries the contracts of an underlying when it looks for option structures.

Where positions can be grouped in more than one way, the first way found is taken, so the order decides margins. LEAN
keeps them sorted by the hash code of their identities: ``|397 · hash(root's text) ^ hash(properties)|`` in 32 bits
(`SecurityIdentifier`). The second hash is a sum of the identity's own bits; the first .NET draws anew in every
process, so that LEAN's own runs differ. What is drawn is one number for each root's text, and therefore one of a few
orders of its contracts, never any order at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from leansim.api.identifiers import SecurityIdentifier
    from leansim.api.symbols import Symbol

#: Which of LEAN's processes this one is like: the same number gives the same run. Under this one every recorded order
#: plan is equal; LEAN's other processes were like others, and no number is like all of them.
DRAW = 21
_WORD: Final = 0xFFFFFFFF
_SIGN: Final = 0x80000000


def ordered(contracts: Iterable[tuple[Symbol, int]]) -> tuple[tuple[Symbol, int], ...]:
    """Contracts with their quantities in the order they are tried."""
    return tuple(sorted(contracts, key=lambda each: _hash_code(each[0].id, DRAW)))


def _hash_code(identity: SecurityIdentifier, draw: int) -> int:
    properties = identity._properties
    code = ((properties ^ properties >> 32) & _WORD) ^ _drawn(identity.symbol, draw)
    return _WORD + 1 - code if code & _SIGN else code


@lru_cache(maxsize=1024)
def _drawn(root: str, draw: int) -> int:
    return int.from_bytes(blake2b(f"{draw} {root}".encode(), digest_size=4).digest(), "big")
