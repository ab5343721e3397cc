// Draws <div data-chart="id"> from the JSON of that id, in the page's colours; the table beside it has every figure.
const drawn = new Map();
const colour = (name) => {
  const probe = document.body.appendChild(document.createElement("span"));
  probe.style.color = `var(${name})`;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
};

function options({ kind, labels, series }) {
  const [text, line, mark] = ["--bt-text-2", "--bt-line", "--bt-accent-solid"].map(colour);
  const number = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact" });
  const axis = { axisLabel: { color: text }, axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } } };
  return {
    animation: false,
    color: [mark],
    grid: { left: 8, right: 8, top: 12, bottom: 4, containLabel: true },
    tooltip: { trigger: "axis", renderMode: "richText" },
    xAxis: { type: "category", data: labels, ...axis, axisLabel: { color: text, hideOverlap: true, interval: labels.length > 8 ? "auto" : 0, width: 110, overflow: "break" } },
    yAxis: { type: "value", ...axis, axisLabel: { color: text, formatter: (value) => number.format(value) } },
    series: series.map(({ name, values }) => ({ name, type: kind, data: values, barMaxWidth: 40, symbolSize: 6 })),
  };
}

function draw(box) {
  drawn.get(box)?.dispose();
  box.style.height = "260px";
  const chart = window.echarts.init(box);
  chart.setOption(options(JSON.parse(document.getElementById(box.dataset.chart).textContent)));
  drawn.set(box, chart);
}

const boxes = window.echarts ? [...document.querySelectorAll("[data-chart]")] : [];
const drawAll = () => boxes.forEach(draw);
drawAll();
addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
