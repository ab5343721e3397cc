// The stock matrix by keyboard: arrows between cells, Enter opens one under its row, Escape leaves it; products fold; what is
// pasted on a cell is shown as a difference first. Without this script a cell is a link and pasting has its page.
const folded = new Set();
let last = "";

const grid = () => document.querySelector("[data-grid]");
const cells = (row) => [...row.querySelectorAll("[data-cell]")];
const rows = () => [...grid().querySelectorAll("[data-row]:not([hidden])")];
const cellAt = (path) => grid()?.querySelector(`[data-cell][href="${CSS.escape(path)}"]`);

function makeCurrent(cell, { focus = true } = {}) {
  for (const each of grid().querySelectorAll("[data-cell][tabindex='0']")) each.tabIndex = -1;
  cell.tabIndex = 0;
  last = cell.getAttribute("href");
  if (focus) cell.focus();
}

function prepare() {
  const table = grid();
  if (!table) return;
  table.setAttribute("role", "grid");
  for (const cell of table.querySelectorAll("[data-cell]")) cell.tabIndex = -1;
  const current = cellAt(last) ?? table.querySelector("[data-cell]");
  if (current) makeCurrent(current, { focus: false });
  for (const button of table.querySelectorAll("[data-fold]")) {
    button.hidden = false;
    fold(button, folded.has(button.getAttribute("aria-label")));
  }
}

function fold(button, away) {
  const name = button.getAttribute("aria-label");
  button.setAttribute("aria-expanded", String(!away));
  if (away) folded.add(name); else folded.delete(name);
  for (const row of button.closest("tbody").querySelectorAll("tr:not(.bt-group)")) row.hidden = away;
}

function close({ focus = true } = {}) {
  const open = grid()?.querySelector(".bt-expand");
  if (!open) return;
  open.remove();
  const cell = cellAt(last);
  cell?.removeAttribute("aria-expanded");
  cell?.closest("td").classList.remove("bt-sc-on");
  if (focus) cell?.focus();
}

async function open(cell) {
  const again = cell.hasAttribute("aria-expanded");
  close({ focus: again });
  if (again) return;
  makeCurrent(cell);
  const row = cell.closest("tr");
  const box = document.createElement("tr");
  box.className = "bt-expand";
  box.append(document.createElement("td"));
  box.firstChild.colSpan = row.cells.length;
  row.after(box);
  cell.setAttribute("aria-expanded", "true");
  cell.closest("td").classList.add("bt-sc-on");
  await window.htmx.ajax("GET", cell.getAttribute("href"), { target: box.firstChild, swap: "innerHTML" });
  box.querySelector("input:not([type=hidden]), select")?.focus();
}

function move(cell, down, right) {
  const all = rows();
  const row = all.indexOf(cell.closest("[data-row]"));
  const column = cells(all[row]).indexOf(cell);
  const target = all[Math.max(0, Math.min(row + down, all.length - 1))];
  const line = cells(target);
  makeCurrent(line[Math.max(0, Math.min(column + right, line.length - 1))]);
}

const STEPS = {
  ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1],
  Home: [0, -Infinity], End: [0, Infinity], PageDown: [10, 0], PageUp: [-10, 0],
};

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("[data-cell]");
  if (event.key === "Escape" && event.target.closest?.(".bt-expand, [data-cell]")) { event.preventDefault(); close(); return; }
  if (!cell || event.altKey || event.metaKey) return;
  const step = STEPS[event.key];
  if (step) { event.preventDefault(); move(cell, ...(event.ctrlKey ? step.map((each) => each * 1e6) : step)); }
  else if (event.key === " ") { event.preventDefault(); open(cell); }
});

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const cell = event.target.closest?.("[data-cell]");
  if (cell) { event.preventDefault(); open(cell); return; }
  if (event.target.closest?.("[data-cell-close]")) close();
  const button = event.target.closest?.("[data-fold]");
  if (button) { close({ focus: false }); fold(button, button.getAttribute("aria-expanded") === "true"); }
});

// The sums of the row, its product and the network moved too: the list is read again, where the person is.
document.addEventListener("matrix:moved", async (event) => {
  const say = () => requestAnimationFrame(() => { document.getElementById("live").textContent = event.detail.said; });
  close({ focus: false });
  document.addEventListener("htmx:afterSettle", say, { once: true });
  await window.htmx.ajax("GET", window.location.href, { target: document.querySelector("[data-list]"), swap: "outerHTML" });
  const cell = cellAt(last);
  if (cell) makeCurrent(cell);
});

// What is pasted lies on the cells from this one on, as in a spreadsheet.
document.addEventListener("paste", (event) => {
  const cell = event.target.closest?.("[data-cell]");
  const form = document.querySelector("[data-paste]");
  const block = event.clipboardData?.getData("text/plain").replace(/\r/g, "").replace(/\n+$/, "");
  if (!cell || !form || !block) return;
  event.preventDefault();
  const all = rows();
  const first = all.indexOf(cell.closest("[data-row]"));
  const column = cells(all[first]).indexOf(cell);
  const places = [...grid().querySelectorAll("[data-place]")].map((head) => head.dataset.place);
  const values = block.split("\n").map((line) => line.split("\t"));
  const width = Math.max(...values.map((line) => line.length));
  const lines = values.map((line, index) => [all[first + index]?.dataset.sku ?? "", ...line].join("\t"));
  form.elements.text.value = [["SKU", ...places.slice(column, column + width)].join("\t"), ...lines].join("\n");
  form.submit();
});

document.addEventListener("htmx:afterSettle", (event) => { if (event.target.closest?.(".bt-expand") === null) prepare(); });
prepare();
