"""The Tom King Trading Framework: multi-leg option trades that are completely on, completely off, or stopped.

Read in this order: `market` (what the world is), `events` (what can happen), `state` (how it adds up), `execution`
(how a trade is carried out), `desk` (the loop). `adapters` speak to LEAN and to Tastytrade.
"""

__version__ = "0.1.0"
