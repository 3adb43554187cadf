// The report of one run: equity, the sections' lines, and a panel for each trade.
(() => {
  const data = readData();
  const colors = ["--accent", "--loss", "--gain", "--quiet"];
  const lines = traces => traces.map((trace, place) => ({
    ...trace, mode: "lines", line: {color: css(colors[place % colors.length]), width: 1.6},
  }));

  const equity = element => Plotly.react(element, [
    {x: data.times, y: data.equity, name: "Equity", line: {color: css("--accent"), width: 1.6}},
    {x: data.times, y: data.drawdown, name: "Drawdown %", yaxis: "y2", fill: "tozeroy",
     line: {color: css("--loss"), width: 1}},
  ], layout({
    showlegend: false, xaxis: axis({anchor: "y2"}),
    yaxis: axis({domain: [0.34, 1], title: {text: "Equity"}}),
    yaxis2: axis({domain: [0, 0.26], title: {text: "Drawdown %"}}),
  }), plotOptions);

  const panel = element => {
    const [key, place] = element.dataset.panel.split("/");
    const {traces, percent} = data.panels[key][place];
    Plotly.react(element, lines(traces), layout({
      xaxis: axis({}), yaxis: axis(percent ? {tickformat: ".0%"} : {}), showlegend: traces.length > 1,
    }), plotOptions);
  };

  const payoff = (element, {prices, profits, break_evens: evens, spot, several_expiries: several}) => {
    const marks = evens.map(price => ({type: "line", x0: price, x1: price, yref: "paper", y0: 0, y1: 1,
      line: {color: css("--quiet"), width: 1, dash: "dot"}}));
    if (spot !== null) marks.push({type: "line", x0: spot, x1: spot, yref: "paper", y0: 0, y1: 1,
      line: {color: css("--accent"), width: 1}});
    const filled = (sign, color) => ({...fine(prices, profits, evens, sign), fill: "tozeroy", mode: "lines",
      line: {color: css(color), width: 1.6}, hoverinfo: "skip"});
    Plotly.react(element, [
      filled(1, "--gain"), filled(-1, "--loss"),
      {x: prices, y: profits, mode: "lines", name: "profit", line: {color: css("--ink"), width: 1.2}},
    ], layout({showlegend: false, shapes: marks, yaxis: axis({}),
      xaxis: axis({title: {text: several ? "price at the first expiry, later legs at intrinsic value" : "price at expiry"}}),
    }), plotOptions);
  };
  // the part of a broken line above or below zero; where it crosses, the break-evens are corners too
  const fine = (prices, profits, evens, sign) => {
    const points = prices.map((price, place) => [price, profits[place]]).concat(evens.map(price => [price, 0]));
    points.sort((a, b) => a[0] - b[0]);
    return {x: points.map(point => point[0]), y: points.map(point => Math.sign(point[1]) === sign ? point[1] : 0)};
  };

  const life = (element, points) => Plotly.react(element, [
    {x: points.map(point => point[0]), y: points.map(point => point[1]), mode: "lines+markers", name: "profit",
     line: {color: css("--accent"), width: 1.6}, marker: {size: 4}},
  ], layout({showlegend: false, xaxis: axis({title: {text: "UTC"}}), yaxis: axis({})}), plotOptions);

  const drawTrade = cell => {
    const trade = data.trades[cell.dataset.trade];
    const [left, right] = cell.querySelectorAll(".chart");
    if (trade.payoff) payoff(left, trade.payoff);
    life(right, trade.life);
  };
  const openTrade = row => {
    const next = row.nextElementSibling;
    row.classList.toggle("open");
    if (next?.classList.contains("detail")) {
      next.remove();
      return;
    }
    const trade = data.trades[row.dataset.row];
    const detail = document.createElement("tr");
    detail.className = "detail";
    const cell = detail.insertCell();
    cell.colSpan = row.cells.length;
    cell.dataset.trade = row.dataset.row;
    cell.innerHTML = '<div class="trade"><div class="legs quiet"></div><div class="chart"></div><div class="chart"></div></div>';
    cell.querySelector(".legs").textContent =
      trade.legs.map(leg => `${leg.ratio > 0 ? "+" : "−"}${Math.abs(leg.ratio)} ${leg.contract}`).join("   ");
    row.after(detail);
    drawTrade(cell);
  };
  for (const row of document.querySelectorAll("table[data-table=trades] tbody tr")) {
    if (!data.trades.length) break;
    row.dataset.opens = "";
    row.addEventListener("click", () => openTrade(row));
  }

  onTheme(() => {
    document.querySelectorAll("[data-chart=equity]").forEach(equity);
    document.querySelectorAll("[data-panel]").forEach(panel);
    document.querySelectorAll("td[data-trade]").forEach(drawTrade);
  });
})();
