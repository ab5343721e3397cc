// The shell: menus that close, messages, the live region, focus after a swap, the pulse of live parts.
const words = JSON.parse(document.body.dataset.words || "{}");
const live = document.getElementById("live");
const toasts = document.getElementById("toasts");
const PULSE = 15000;
let paused = false;

function say(text) {
  if (!live || !text) return;
  live.textContent = "";
  requestAnimationFrame(() => { live.textContent = text; });
}

function toast(text) {
  const box = document.createElement("div");
  box.className = "bt-toast bt-toast-bad";
  box.setAttribute("role", "alert");
  const span = document.createElement("span");
  span.className = "bt-grow";
  span.textContent = text;
  box.append(span);
  toasts?.append(box);
  setTimeout(() => box.remove(), 8000);
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.bt-drop[open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  const target = event.target;
  closeMenus(target);
  const dismiss = target.closest?.("[data-dismiss]");
  if (dismiss) dismiss.closest(".bt-toast, .bt-banner")?.remove();
  const close = target.closest?.("[data-close]");
  if (close) {
    const box = close.closest("details");
    if (box) { box.open = false; box.querySelector("summary")?.focus(); }
  }
  const toggle = target.closest?.("[data-live-toggle]");
  if (toggle) {
    paused = !paused;
    toggle.setAttribute("aria-pressed", String(paused));
    if (paused) say(words.paused);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = [...document.querySelectorAll("details.bt-drop[open], details.bt-drawer-box[open]")].pop();
  if (open) { open.open = false; open.querySelector("summary")?.focus(); }
});

// Native popovers close on choosing a link of the same page only by themselves; the menu closes on any.
document.getElementById("side")?.addEventListener("click", (event) => {
  if (event.target.closest("a") && event.currentTarget.matches(":popover-open")) event.currentTarget.hidePopover();
});

for (const toggle of document.querySelectorAll("[data-live-toggle]")) toggle.hidden = false;

function busy(list) {
  return Boolean(list.querySelector("[data-check]:checked, details[open], .bt-expand")) || list.contains(document.activeElement);
}

// Live parts ask for a refresh with "tick" (small, always) and "refresh" (the list, when nobody is at work in it).
function pulse() {
  if (document.hidden || paused || !window.htmx) return;
  for (const part of document.querySelectorAll("[hx-trigger~='tick']")) window.htmx.trigger(part, "tick");
  for (const list of document.querySelectorAll("[data-list][hx-trigger~='refresh']")) {
    if (!busy(list)) window.htmx.trigger(list, "refresh");
  }
}
setInterval(pulse, PULSE);

// The moment of the last update: the server's time of day when the page was made, and what has passed since.
function stamp(mark) {
  const [hours, minutes, seconds] = mark.dataset.clock.split(":").map(Number);
  const now = (hours * 3600 + minutes * 60 + seconds + Math.floor(performance.now() / 1000)) % 86400;
  mark.textContent = [Math.floor(now / 3600), Math.floor((now % 3600) / 60), now % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful || !["tick", "refresh"].includes(event.detail.requestConfig?.triggeringEvent?.type)) return;
  for (const mark of document.querySelectorAll("[data-live] time[data-clock]")) stamp(mark);
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status >= 400 && xhr.getResponseHeader("HX-Retarget")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
document.addEventListener("htmx:responseError", () => toast(words.failed));
document.addEventListener("htmx:sendError", () => toast(navigator.onLine ? words.failed : words.offline));

document.addEventListener("htmx:afterSettle", (event) => {
  const announced = event.target.closest?.("[data-announce]") || event.target.querySelector?.("[data-announce]");
  if (announced && event.detail.requestConfig?.triggeringEvent?.type !== "refresh") say(announced.dataset.announce);
  const lost = document.activeElement === document.body && event.detail.requestConfig?.triggeringEvent?.type === "click";
  if (lost) document.getElementById("main")?.focus({ preventScroll: true });
});

// A chart wider than its box opens where the present is.
function showPresent() {
  for (const box of document.querySelectorAll(".bt-chart-box")) {
    const now = box.querySelector(".bt-now");
    if (now) box.scrollLeft += now.getBoundingClientRect().left - box.getBoundingClientRect().left - box.clientWidth * 0.7;
  }
}
showPresent();
document.addEventListener("htmx:afterSettle", showPresent);
window.addEventListener("resize", showPresent);

// Empty fields of a search stay out of the address.
document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});
