// Fields whose words are looked up while they are typed: a whole field, or one part of a longer text. Without this file one types them whole.
import { Listbox } from "./listbox.js";

const WAIT = 150;
const LEAST = 2;
const EDGE = 8;
const WIDEST = 420;
const HIGHEST = 300;
// What stands between the parts of a text, and what follows one that is chosen.
const PARTS = { lines: { between: /\n/, inside: /[;\t]/, then: ";" }, items: { between: /[,\n]/, inside: null, then: ", " } };
const list = Object.assign(document.createElement("div"), { id: "suggestions", className: "bt-palette bt-suggest", popover: "manual" });
list.setAttribute("role", "listbox");
let field;
let found;
let timer = 0;
let pending = false;
let entered = false;
let chosen = false;

const isOpen = () => list.isConnected && list.matches(":popover-open");

// The part that is being typed: where it begins and ends, and null where nothing is to be looked up.
function part() {
  const kind = PARTS[field.dataset.parts];
  const { value, selectionStart: at } = field;
  if (!kind) return { from: 0, to: value.length, text: value.trim() };
  let from = at;
  let to = at;
  while (from > 0 && !kind.between.test(value[from - 1])) from -= 1;
  while (to < value.length && !/[,;\t\n]/.test(value[to])) to += 1;
  if (kind.inside?.test(value.slice(from, at))) return null;
  while (from < at && value[from] === " ") from += 1;
  return { from, to, text: value.slice(from, to).trim() };
}

function close() {
  clearTimeout(timer);
  found?.forget();
  pending = entered = false;
  if (isOpen()) list.hidePopover();
  field?.removeAttribute("aria-activedescendant");
  if (field?.role) field.setAttribute("aria-expanded", "false");
}

// Under the line that is being typed, or over it where there is no room.
function place() {
  const box = field.getBoundingClientRect();
  const style = getComputedStyle(field);
  const line = field.value.slice(0, field.selectionStart).split("\n").length;
  const typed = field.role ? box.height : parseFloat(style.paddingTop) + line * parseFloat(style.lineHeight) - field.scrollTop;
  const bottom = box.top + Math.min(typed, box.height);
  const view = window.visualViewport;
  const width = Math.min(Math.max(box.width, 280), WIDEST, view.width - 2 * EDGE);
  const below = view.offsetTop + view.height - bottom - EDGE;
  const above = box.top - view.offsetTop - EDGE;
  const over = below < HIGHEST / 2 && above > below;
  list.style.width = `${width}px`;
  list.style.left = `${Math.max(EDGE, Math.min(box.left, view.width - width - EDGE))}px`;
  list.style.maxHeight = `${Math.min(HIGHEST, over ? above : below)}px`;
  list.style.top = over ? "auto" : `${bottom + 2}px`;
  list.style.bottom = over ? `${window.innerHeight - box.top + 2}px` : "auto";
}

async function look() {
  const asked = part();
  try {
    if (!asked || asked.text.length < LEAST) list.textContent = "";
    else if (!await found.load(`${field.dataset.suggest}?q=${encodeURIComponent(asked.text)}`)) return;
  } catch {
    list.textContent = "";
  }
  const exact = list.querySelector("[data-exact]");
  if (entered && exact) choose(exact);
  else if (entered) { close(); field.form?.requestSubmit(); }
  else if (!found.options.length || (found.options.length === 1 && exact?.dataset.value === asked.text)) close();
  else show(exact);
}

function show(exact) {
  pending = false;
  if (!isOpen()) list.showPopover();
  if (field.role) field.setAttribute("aria-expanded", "true");
  place();
  found.select(exact);
}

function choose(option) {
  const { from, to } = part();
  const then = PARTS[field.dataset.parts]?.then ?? "";
  const follows = /^[,;\t]/.test(field.value.slice(to));
  field.setRangeText(option.dataset.value + (follows ? "" : then), from, to, "end");
  close();
  chosen = true;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  chosen = false;
}

function press(event) {
  const isArrow = event.key === "ArrowDown" || event.key === "ArrowUp";
  if (isOpen() && isArrow && found.move(event.key)) event.preventDefault();
  else if (isOpen() && event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
  else if (event.key === "Enter" && isOpen() && found.chosen) { event.preventDefault(); choose(found.chosen); }
  // A scanner types faster than the server answers.
  else if (event.key === "Enter" && pending && field.role) { event.preventDefault(); entered = true; }
}

function leave() {
  close();
  field.removeEventListener("keydown", press);
  field.removeEventListener("blur", leave);
  field = found = null;
}

function enter(event) {
  if (!event.target.matches?.("[data-suggest]") || event.target === field || !list.showPopover) return;
  field = event.target;
  found = new Listbox(field, list);
  field.after(list);
  list.setAttribute("aria-label", field.labels[0]?.firstChild.textContent.trim() ?? "");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  if (field.tagName === "INPUT") { field.role = "combobox"; field.setAttribute("aria-expanded", "false"); }
  field.addEventListener("keydown", press);
  field.addEventListener("blur", leave);
}

document.addEventListener("focusin", enter);
document.addEventListener("input", (event) => {
  if (event.target !== field || chosen) return;
  clearTimeout(timer);
  pending = true;
  timer = setTimeout(look, WAIT);
});
list.addEventListener("pointerdown", (event) => event.preventDefault());
list.addEventListener("pointermove", (event) => found?.follow(event));
list.addEventListener("click", (event) => { const option = event.target.closest('[role="option"]'); if (option) choose(option); });
document.addEventListener("scroll", (event) => { if (isOpen() && event.target !== list) place(); }, { capture: true, passive: true });
window.visualViewport?.addEventListener("resize", () => { if (isOpen()) place(); });
if (document.activeElement) enter({ target: document.activeElement });
