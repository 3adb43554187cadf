"""Option prices, implied volatilities and greeks on arrays; no LEAN types, no market data.

`black` is the textbook (Black-Scholes on a spot, Black-76 on a forward) and `implied` its inverse. `lean_greeks` is
LEAN's default price model, built from LEAN's conventions (`lean_formulas`), its trees (`trees`) and its root search
(`roots`): its answers are LEAN's to the last of the seven decimals LEAN keeps.
"""
