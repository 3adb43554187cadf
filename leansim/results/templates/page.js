// What every page's script uses: its data, colors that follow the theme, tables that sort and filter.
const readData = () => JSON.parse(document.getElementById("data").textContent);
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const layout = extra => ({
  paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: {color: css("--ink"), size: 12},
  margin: {l: 60, r: 14, t: 10, b: 36}, hovermode: "x unified", legend: {orientation: "h"},
  hoverlabel: {bgcolor: css("--card"), font: {color: css("--ink")}}, ...extra,
});
const axis = extra => ({gridcolor: css("--line"), zerolinecolor: css("--quiet"), automargin: true, ...extra});
const plotOptions = {responsive: true, displaylogo: false, displayModeBar: false};
const onTheme = draw => {
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
};

for (const input of document.querySelectorAll("input[type=search]")) {
  const rows = [...input.parentElement.querySelectorAll("tbody tr")];
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}
const asNumber = text => Number(text.replace(/[,%$]/g, ""));
for (const head of document.querySelectorAll("table:not(.months) th")) {
  head.addEventListener("click", () => {
    const body = head.closest("table").tBodies[0];
    const column = head.cellIndex;
    const sign = head.dataset.sorted === "up" ? -1 : 1;
    head.dataset.sorted = sign > 0 ? "up" : "down";
    body.querySelectorAll("tr.detail").forEach(row => row.remove());
    body.querySelectorAll("tr.open").forEach(row => row.classList.remove("open"));
    body.append(...[...body.rows].sort((a, b) => {
      const [x, y] = [a.cells[column].textContent, b.cells[column].textContent];
      const [m, n] = [asNumber(x), asNumber(y)];
      return sign * (x && y && !isNaN(m) && !isNaN(n) ? m - n : x.localeCompare(y));
    }));
  });
}
