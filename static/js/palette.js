// The command palette: a combobox over the server's answer. Without this file the field is a link to a search page.
import { Listbox } from "./listbox.js";

const dialog = document.getElementById("palette");
const input = document.getElementById("palette-input");
const list = document.getElementById("palette-list");
const none = dialog?.querySelector(".bt-palette-none");
const words = JSON.parse(document.body.dataset.words || "{}");
const WAIT = 120;
const found = new Listbox(input, list);
let timer = 0;

async function load() {
  try {
    if (!await found.load(`${dialog.dataset.url}?q=${encodeURIComponent(input.value)}`)) return;
  } catch {
    none.textContent = words.failed;
    none.hidden = false;
    return;
  }
  none.textContent = words.none;
  none.hidden = found.options.length > 0;
  found.select(found.options[0]);
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
  if ((event.key === "Home" || event.key === "End") && input.value) return;
  if (found.move(event.key)) event.preventDefault();
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
    if (event.key === "Enter") { event.preventDefault(); act(found.chosen, event.ctrlKey || event.metaKey); }
  });
  list.addEventListener("click", (event) => act(event.target.closest('[role="option"]'), event.ctrlKey || event.metaKey));
  list.addEventListener("pointermove", (event) => found.follow(event));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}
