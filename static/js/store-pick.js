// Picking and counting: every scan is sent once and in order, also over a poor network; a tap on + or - answers at once.
import { beep } from "./store.js";

const form = document.querySelector("[data-scan-form]");
const note = document.querySelector("[data-scan-waiting]");
const PLACE = `scans-${form?.dataset.job}`;
const RETRY = 3000;
const PATIENCE = 15000;
const HESITATION = 500;
let queue = JSON.parse(sessionStorage.getItem(PLACE) || "[]");
let sending = false;
let step = null; // what was asked for while scans and counts were on their way

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Only codes and counts are kept, never anything about the customer.
function keep() {
  if (queue.length) sessionStorage.setItem(PLACE, JSON.stringify(queue));
  else sessionStorage.removeItem(PLACE);
}

function show(stuck) {
  note.hidden = !stuck || !queue.length;
  note.querySelector("span").textContent = queue.length === 1 ? note.dataset.one : note.dataset.many.replace("{0}", queue.length);
}

// An answer shows what the server knew; counts still on their way are newer.
function showCounts() {
  for (const { values } of queue) {
    const shown = values.line && document.querySelector(`#line-${values.line} [data-done]`);
    if (shown) shown.textContent = values.count;
  }
}

function feel() {
  const result = document.getElementById("job")?.dataset.result;
  if (result === "bad") { navigator.vibrate?.(500); beep(220, 180); }
  else if (result === "warn") { navigator.vibrate?.([120, 80, 120]); beep(330); }
  else if (result === "good") { navigator.vibrate?.(60); beep(880); }
}

async function post(address, values) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  const answer = await fetch(address, { method: "POST", body, headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(PATIENCE), redirect: "manual" });
  if (answer.type === "opaqueredirect" || answer.status >= 500) throw new Error(String(answer.status));
  const elsewhere = answer.headers.get("HX-Redirect");
  if (elsewhere) { sessionStorage.removeItem(PLACE); window.location.assign(elsewhere); return; }
  const html = await answer.text();
  if (!html.includes('id="job"')) { window.location.reload(); return; }
  window.htmx.swap("#job", html, { swapStyle: "outerHTML" });
}

async function send() {
  if (sending) return;
  sending = true;
  while (queue.length) {
    const { address, values } = queue[0];
    try {
      await post(address, values);
    } catch {
      show(true);
      setTimeout(send, RETRY);
      break;
    }
    queue.shift();
    keep();
    showCounts();
    show(Boolean(queue.length) && !note.hidden);
    if (values.code) feel();
  }
  sending = false;
  if (step && !queue.length) { const go = step; step = null; go(); }
}

// "Pack" and "Counting is over" speak of everything counted before: they leave when the last count has arrived.
function wait(event, go) {
  if (!queue.length) return;
  event.preventDefault();
  step = go;
  setTimeout(() => { if (step) show(true); }, HESITATION);
}

// The page may be drawn anew in the meantime: what was filled in is kept apart from its form.
function later(asked, submitter) {
  const values = new FormData(asked, submitter);
  const action = asked.getAttribute("action");
  return () => {
    const copy = document.createElement("form");
    copy.method = "post";
    copy.action = action;
    copy.hidden = true;
    for (const [name, value] of values) {
      const field = document.createElement("input");
      field.name = name;
      field.value = value;
      copy.append(field);
    }
    document.body.append(copy);
    copy.submit();
  };
}

function push(address, values) {
  const last = queue.at(-1);
  // The newest count of a line replaces one that was not sent yet.
  if (last && values.line && last.values.line === values.line && !(sending && queue.length === 1)) last.values = values;
  else queue.push({ address, values });
  keep();
  send();
}

form?.addEventListener("scan", (event) => {
  event.preventDefault();
  const field = form.elements.code;
  push(form.getAttribute("action"), { code: event.detail.code, key: newKey() });
  field.value = "";
});
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const code = form.elements.code.value.trim();
  if (code) push(form.getAttribute("action"), { code, key: newKey() });
  form.elements.code.value = "";
});

document.addEventListener("submit", (event) => {
  const counter = event.target;
  if (!counter.matches("[data-count-form]")) return;
  event.preventDefault();
  const button = event.submitter;
  const shown = counter.querySelector("[data-done]");
  const most = Number(counter.dataset.most);
  const change = Number(button.dataset.step || 0);
  const line = counter.elements.line.value;
  const waiting = queue.findLast((each) => each.values.line === line);
  const known = Number(waiting ? waiting.values.count : shown.textContent);
  const wanted = change ? Math.min(Math.max(known + change, 0), most) : Number(button.value);
  shown.textContent = String(wanted);
  push(counter.getAttribute("action"), { line, count: String(wanted) });
}, true);

document.addEventListener("submit", (event) => {
  const asked = event.target;
  if (asked.method !== "post" || asked.matches("[data-count-form], [data-scan-form]")) return;
  wait(event, later(asked, event.submitter));
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("#act a[href]");
  if (link) wait(event, () => window.location.assign(link.href));
});

window.addEventListener("online", send);
if (queue.length) send();
