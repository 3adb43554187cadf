"""Orders from request to fill.

What the algorithm room wires, once a run::

    portfolio = SecurityPortfolioManager(securities, transactions, settings)   leansim.account.portfolio
    algorithm.transactions = SecurityTransactionManager(algorithm)             leansim.api.transactions
    handler = TransactionHandler(algorithm, recorder)                          leansim.trading.transactions
    algorithm.transactions.set_order_processor(handler)
    algorithm.trade_builder = TradeBuilder(algorithm)                          leansim.account.trades

for each new security, before the algorithm sees it::

    equip(security, portfolio, algorithm.brokerage_model, folder)              leansim.trading.equipment
                         holdings, quote currency, LEAN's default models of its type, then the brokerage model's own:
                         fill_model, fee_model, slippage_model, buying_power_model, settlement_model, portfolio_model,
                         price_variation_model, option_exercise_model and option_assignment_model of options
                         (an own initializer of the algorithm runs after it)

and in a time step::

    handler.process_synchronous_events()     after prices are published, and again at the end of the step
    portfolio._scan_settlements(utc_ns)       when the hour has turned, before the first of the two
    margin_calls.check(algorithm)            every five minutes (leansim.trading.margin_calls)
    algorithm.trade_builder._look_at_market(securities)   for what has open entries
    portfolio.apply_split(split, security, mode); handler.apply_split(split, mode)   when a split occurred

The algorithm object answers what :class:`leansim.trading.ports.TradingAlgorithm` lists. Events go to the portfolio, the
ticket, the recorder and the algorithm, in that order. An exception of the algorithm in ``on_order_event`` does not
pass through the order call: it is handed to ``algorithm.set_runtime_error(error, context)``, as LEAN does.
"""
