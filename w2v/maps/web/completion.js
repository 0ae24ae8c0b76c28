// A field that completes words: those that begin so first, then those that contain it, the commonest first.
const MOST_CHOICES = 9;
let nFields = 0;

class Completion {
  constructor(field, words, onPick) {
    Object.assign(this, { words, onPick, input: field.querySelector("input"), found: [], at: -1 });
    const id = `choices-${nFields++}`;
    this.list = make("ul", { class: "choices", role: "listbox", id, "aria-label": "Words" });
    field.append(this.list);
    filled(this.input, { role: "combobox", "aria-autocomplete": "list", "aria-controls": id, "aria-expanded": "false",
      autocomplete: "off", autocapitalize: "off" }, []);
    this.input.addEventListener("input", () => this.complete());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
  }

  complete() {
    const asked = this.input.value.trim();
    this.found = asked ? matches(this.words, asked) : [];
    this.mark(this.found.length ? 0 : -1);
  }

  mark(at) {
    this.at = at;
    this.list.replaceChildren(...this.found.map((word, i) => make("li", {
      role: "option", id: `${this.list.id}-${i}`, "aria-selected": String(i === at), dir: "auto",
      onmousedown: (event) => { event.preventDefault(); this.pick(word); },
    }, word)));
    this.input.setAttribute("aria-expanded", String(this.found.length > 0));
    if (at >= 0) this.input.setAttribute("aria-activedescendant", `${this.list.id}-${at}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const n = this.found.length;
    if (n && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.mark((this.at + (event.key === "ArrowDown" ? 1 : n - 1)) % n);
    } else if (event.key === "Enter" && n) {
      event.preventDefault();
      this.pick(this.found[Math.max(this.at, 0)]);
    } else if (event.key === "Escape" && n) {
      event.stopPropagation();
      this.close();
    }
  }

  pick(word) {
    this.input.value = word;
    this.close();
    this.onPick(word);
  }

  close() {
    this.found = [];
    this.mark(-1);
  }
}

function matches(words, asked) {
  const lower = asked.toLowerCase(), exact = [], begin = [], within = [];
  for (const word of words) {
    if (word === asked) exact.push(word);
    else {
      const place = word.toLowerCase().indexOf(lower);
      if (place === 0) begin.length < MOST_CHOICES && begin.push(word);
      else if (place > 0) within.length < MOST_CHOICES && within.push(word);
    }
  }
  return [...new Set([...exact, ...begin, ...within])].slice(0, MOST_CHOICES);
}
