// Goes on from the time left that the server said, by the monotonic clock: the device's own clock does not matter.
const words = JSON.parse(document.body.dataset.words || "{}");
const started = new WeakMap();
const STEP = 1000;
const LAST_CALL = 300;
const ICON = { ok: "clock", soon: "clock-exclamation", late: "alert-triangle" };
const two = (value) => String(value).padStart(2, "0");
const fill = (text, ...values) => values.reduce((sum, value, index) => sum.replace(`{${index}}`, value), text);

function span(seconds) {
  const whole = Math.floor(Math.abs(seconds));
  if (whole < 60) return fill(words.seconds, whole);
  if (whole < 3600) return fill(words.minutes, Math.floor(whole / 60));
  if (whole < 86400) return fill(words.hours, Math.floor(whole / 3600), two(Math.floor((whole % 3600) / 60)));
  return fill(words.days, Math.floor(whole / 86400), two(Math.floor((whole % 86400) / 3600)));
}

function urgency(left, mark) {
  if (left < 0 || ("answer" in mark.dataset && left <= LAST_CALL)) return "late";
  return left < Number(mark.dataset.soon) ? "soon" : "ok";
}

function draw(mark) {
  if (!started.has(mark)) started.set(mark, performance.now());
  const left = Number(mark.dataset.left) - (performance.now() - started.get(mark)) / 1000;
  const kind = urgency(left, mark);
  let text = span(left);
  if (left < 0) text = fill(words.late, text);
  else if ("word" in mark.dataset || kind === "late") text = fill(words.left, text);
  const shown = mark.querySelector("b");
  if (shown && shown.textContent !== text) shown.textContent = text;
  if (mark.classList.contains(`bt-cd-${kind}`)) return;
  mark.classList.remove("bt-cd-ok", "bt-cd-soon", "bt-cd-late");
  mark.classList.add(`bt-cd-${kind}`);
  const use = mark.querySelector("use");
  use?.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#i-${ICON[kind]}`));
}

function drawAll() {
  for (const mark of document.querySelectorAll(".bt-cd[data-left]")) draw(mark);
}
drawAll();
setInterval(() => { if (!document.hidden) drawAll(); }, STEP);
document.addEventListener("htmx:afterSwap", drawAll);
document.addEventListener("visibilitychange", drawAll);
