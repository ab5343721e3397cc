// Index pages: selection with ranges, keys, long option lists. The list works without it.
const words = JSON.parse(document.body.dataset.words || "{}");
let anchor = null;
let at = -1;

const lists = () => document.querySelectorAll("[data-list]");
const checks = (list) => [...list.querySelectorAll("[data-check]")];
const rows = () => [...document.querySelectorAll("[data-list] [data-row]")];

function update(list) {
  const all = checks(list);
  const picked = all.filter((box) => box.checked).length;
  const label = list.querySelector("[data-selected]");
  if (label) label.textContent = words.selected.replace("{0}", picked);
  const every = list.querySelector("[data-check-all]");
  if (every) {
    every.hidden = false;
    every.checked = picked > 0 && picked === all.length;
    every.indeterminate = picked > 0 && picked < all.length;
  }
  const whole = list.querySelector("[data-all]");
  if (whole && picked < all.length) whole.checked = false;
}

function prepare() {
  for (const list of lists()) {
    update(list);
    for (const field of list.querySelectorAll("[data-narrow]")) field.hidden = false;
  }
  at = -1;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[data-check]");
  if (!box) return;
  const list = box.closest("[data-list]");
  const all = checks(list);
  if (event.shiftKey && anchor && all.includes(anchor)) {
    const [from, to] = [all.indexOf(anchor), all.indexOf(box)].sort((a, b) => a - b);
    for (const each of all.slice(from, to + 1)) each.checked = box.checked;
  }
  anchor = box;
  update(list);
});

document.addEventListener("change", (event) => {
  const list = event.target.closest?.("[data-list]");
  if (!list) return;
  if (event.target.matches("[data-check-all]")) for (const box of checks(list)) box.checked = event.target.checked;
  if (event.target.matches("[data-all]") && event.target.checked) for (const box of checks(list)) box.checked = true;
  update(list);
});

document.addEventListener("reset", (event) => {
  const list = event.target.closest?.("[data-list]");
  if (list) requestAnimationFrame(() => { for (const box of checks(list)) box.checked = false; update(list); });
});

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-narrow]")) return;
  const wanted = event.target.value.toLocaleLowerCase();
  for (const label of event.target.closest("fieldset").querySelectorAll(".bt-options label")) {
    label.hidden = Boolean(wanted) && !label.textContent.toLocaleLowerCase().includes(wanted);
    label.classList.toggle("d-none", label.hidden);
  }
});

function goTo(index) {
  const all = rows();
  if (!all.length) return;
  all[at]?.classList.remove("bt-at");
  at = Math.max(0, Math.min(index, all.length - 1));
  all[at].classList.add("bt-at");
  all[at].scrollIntoView({ block: "nearest" });
  (all[at].querySelector("th a, td a") || all[at].querySelector("[data-check]"))?.focus({ preventScroll: true });
}

const keys = {
  j: () => goTo(at + 1),
  k: () => goTo(at - 1),
  x: () => rows()[at]?.querySelector("[data-check]")?.click(),
  "/": () => document.querySelector("[data-search]")?.focus(),
  f: () => { const panel = document.querySelector("[data-filter-panel]"); if (panel) { panel.open = true; panel.querySelector("summary").focus(); } },
  e: () => document.querySelector("[id$='-export']")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (document.body.dataset.shortcuts === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, dialog[open]") && !event.target.matches("[data-check]")) return;
  const act = keys[event.key];
  if (act) { event.preventDefault(); act(); }
});

document.addEventListener("htmx:afterSettle", prepare);
prepare();
