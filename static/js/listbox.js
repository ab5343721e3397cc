// What a text field finds: the server's answer as a listbox, walked with the arrows.
const live = document.getElementById("live");
const words = JSON.parse(document.body.dataset.words || "{}");

export class Listbox {
  #request;

  constructor(input, list) {
    this.input = input;
    this.list = list;
  }

  get options() { return [...this.list.querySelectorAll('[role="option"]')]; }
  get chosen() { return this.list.querySelector('[aria-selected="true"]'); }

  select(option) {
    this.chosen?.setAttribute("aria-selected", "false");
    if (!option) { this.input.removeAttribute("aria-activedescendant"); return; }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  // Show what the address answers, and say how much it is; false when something else was asked for meanwhile.
  async load(url) {
    this.forget();
    this.#request = new AbortController();
    try {
      const answer = await fetch(url, { headers: { "HX-Request": "true" }, signal: this.#request.signal });
      if (answer.redirected || answer.headers.get("HX-Redirect")) { location.reload(); return false; }
      if (!answer.ok) throw new Error(String(answer.status));
      this.list.innerHTML = await answer.text();
    } catch (error) {
      if (error.name === "AbortError") return false;
      this.list.textContent = "";
      throw error;
    }
    const found = this.options.length;
    live.textContent = found ? words.results.replace("{0}", found) : words.none;
    return true;
  }

  forget() { this.#request?.abort(); }

  // Choose another option by an arrow, or by Home and End; false for any other key.
  move(key) {
    const all = this.options;
    const at = all.indexOf(this.chosen);
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[key];
    if (to === undefined || !all.length) return false;
    this.select(all[(to + all.length) % all.length]);
    return true;
  }

  // Choose what the pointer is over.
  follow(event) {
    const option = event.target.closest('[role="option"]');
    if (option && option !== this.chosen) this.select(option);
  }
}
