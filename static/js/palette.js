// The command palette: a combobox over the server's answer. Without this file the field is a link to a search page.
const dialog = document.getElementById("palette");
const input = document.getElementById("palette-input");
const list = document.getElementById("palette-list");
const none = dialog?.querySelector(".bt-palette-none");
const live = document.getElementById("live");
const words = JSON.parse(document.body.dataset.words || "{}");
const WAIT = 120;
let timer = 0;
let request;

const options = () => [...list.querySelectorAll('[role="option"]')];
const chosen = () => list.querySelector('[aria-selected="true"]');

function select(option) {
  chosen()?.setAttribute("aria-selected", "false");
  if (!option) { input.removeAttribute("aria-activedescendant"); return; }
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option.id);
}

async function load() {
  request?.abort();
  request = new AbortController();
  const url = `${dialog.dataset.url}?q=${encodeURIComponent(input.value)}`;
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true" }, signal: request.signal });
    if (answer.redirected || answer.headers.get("HX-Redirect")) { location.reload(); return; }
    if (!answer.ok) throw new Error(String(answer.status));
    list.innerHTML = await answer.text();
  } catch (error) {
    if (error.name === "AbortError") return;
    list.textContent = "";
    none.textContent = words.failed;
    none.hidden = false;
    return;
  }
  const found = options();
  none.textContent = words.none;
  none.hidden = found.length > 0;
  select(found[0]);
  live.textContent = found.length ? words.results.replace("{0}", found.length) : words.none;
}

function act(option, aside) {
  if (!option) return;
  if (!option.dataset.post) {
    if (aside) window.open(option.dataset.href, "_blank", "noopener");
    else location.assign(option.dataset.href);
    return;
  }
  const form = document.createElement("form");
  form.method = "post";
  form.action = option.dataset.href;
  const token = document.querySelector('input[name="csrfmiddlewaretoken"]')?.value || "";
  const [name, value] = option.dataset.post.split("=");
  for (const [key, text] of [["csrfmiddlewaretoken", token], [name, value], ["next", location.pathname + location.search]]) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = key;
    field.value = text;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}

function open() {
  if (dialog.open) return;
  dialog.showModal();
  input.select();
  load();
}

function move(event) {
  const all = options();
  const at = all.indexOf(chosen());
  const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 };
  if (!(event.key in steps) || !all.length) return;
  if ((event.key === "Home" || event.key === "End") && input.value) return;
  event.preventDefault();
  select(all[(steps[event.key] + all.length) % all.length]);
}

if (dialog) {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-palette-open]");
    if (opener && !event.ctrlKey && !event.metaKey) { event.preventDefault(); open(); }
  });
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(load, WAIT); });
  input.addEventListener("keydown", (event) => {
    move(event);
    if (event.key === "Enter") { event.preventDefault(); act(chosen(), event.ctrlKey || event.metaKey); }
  });
  list.addEventListener("click", (event) => act(event.target.closest('[role="option"]'), event.ctrlKey || event.metaKey));
  list.addEventListener("pointermove", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option && option !== chosen()) select(option);
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}
