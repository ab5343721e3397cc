// The store app: asks for news every 15 s, tells new orders by a banner, a sound, a vibration and the title, sends a form once.
const PULSE = 15000;
const SOUND = "store-sound";
const banner = document.querySelector("[data-new]");
const bell = document.querySelector("[data-sound]");
const title = document.title.replace(/^\(\d+\) /, "");
const current = () => document.getElementById("queue");
const waiting = () => new Map(JSON.parse(current()?.dataset.waiting || "[]"));
let known = current() ? waiting() : null;
let audio = null;

const wanted = () => sessionStorage.getItem(SOUND) === "on";

// Browsers let a page speak only after a gesture: the button is one, and so is the next touch after a page load.
function wake() {
  if (!wanted()) return;
  audio ??= new AudioContext();
  audio.resume();
}

export function beep(...tones) {
  if (!wanted() || !audio || audio.state !== "running") return;
  tones.forEach((frequency, index) => {
    const start = audio.currentTime + index * 0.18;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.25, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.16);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.17);
  });
}

if (bell && "AudioContext" in window) {
  bell.hidden = false;
  bell.setAttribute("aria-pressed", String(wanted()));
  bell.addEventListener("click", () => {
    sessionStorage.setItem(SOUND, wanted() ? "off" : "on");
    bell.setAttribute("aria-pressed", String(wanted()));
    wake();
    beep(660, 880);
  });
}
document.addEventListener("pointerdown", wake);

function announce(fresh) {
  const box = banner.firstElementChild;
  const [ref] = fresh;
  box.querySelector("b").textContent = fresh.length === 1 ? banner.dataset.one.replace("{0}", ref) : banner.dataset.many.replace("{0}", fresh.length);
  box.querySelector("time").textContent = current().dataset.at;
  box.hidden = false;
  beep(880, 660, 880);
  navigator.vibrate?.([80, 60, 80]);
}

function look() {
  const queue = current();
  if (!queue || !known) return;
  const now = waiting();
  const fresh = [...now].filter(([id]) => !known.has(id)).map(([, ref]) => ref);
  known = now;
  const count = Number(queue.dataset.count);
  document.title = count ? `(${count}) ${title}` : title;
  if (fresh.length && banner) announce(fresh);
}

banner?.querySelector("[data-new-close]").addEventListener("click", () => { banner.firstElementChild.hidden = true; });

// While the page is hidden too: a new order must be heard in the pocket. "Pause updates" stops it.
setInterval(() => {
  if (document.querySelector("[data-live-toggle][aria-pressed='true']") || !navigator.onLine) return;
  const queue = current();
  if (queue && !queue.querySelector("details[open]")) window.htmx?.trigger(queue, "store-tick");
}, PULSE);

document.addEventListener("htmx:configRequest", (event) => {
  const { etag } = event.target.dataset;
  if (etag) event.detail.headers["If-None-Match"] = etag;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 304) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:afterSwap", look);

const worker = document.querySelector("meta[name='store-worker']")?.content;
if (worker && "serviceWorker" in navigator) navigator.serviceWorker.register(worker, { scope: worker.replace(/-\/.*/, "") }).catch(() => {});

// A double tap sends a form once; coming back to the page by history makes it usable again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 8000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// A scanner ends its code with Enter: in a field of a form that ships, that must not ship.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || !field.matches?.("form[data-once] input:not([type=radio], [type=checkbox])")) return;
  if (field.closest("#ship")) {
    event.preventDefault();
    document.querySelector("button[form='ship'][name='send']")?.focus();
  }
});
