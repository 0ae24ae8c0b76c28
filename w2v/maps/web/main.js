// Puts the page together: one word is chosen on all maps at once.
const byId = (id) => document.getElementById(id);
const state = { word: null, way: "cluster", only: null };

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

function followTheme() {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const preferred = () => setTheme(dark.matches ? "dark" : "light");
  preferred();
  dark.addEventListener("change", preferred);
  byId("theme").addEventListener("click", () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
}

async function open() {
  const abouts = await part("maps");
  const [code, ...maps] = await Promise.all([part("plotly"), ...abouts.map((about, m) => readMap(m, about))]);
  runPlotly(code);
  const root = byId("planes");
  root.replaceChildren();
  root.classList.toggle("two", maps.length > 1);
  const planes = maps.map((map) => new Plane(map, root, (row) => choose(row === null ? null : map.words[row], false), maps.length > 1));
  await Promise.all(planes.map((plane) => plane.draw(state.way)));
  requestAnimationFrame(() => requestAnimationFrame(() => {
    document.documentElement.dataset.paintedMs = Math.round(performance.now());
  }));

  function choose(word, go = true) {
    state.word = word;
    planes.forEach((plane) => {
      const row = plane.map.rowOf.get(word), here = word !== null && row < plane.map.n;
      plane.choose(here ? row : null, here ? neighboursOf(plane.map, row).map(([one]) => one) : [], go);
    });
    byId("word").replaceChildren(...wordSection(maps, word, choose));
    history.replaceState(null, "", word === null ? "#" : `#${encodeURIComponent(word)}`);
  }

  function colour() {
    planes.forEach((plane) => plane.colour(state.way, state.only));
    showLegend();
  }

  function showLegend() {
    const pick = (only) => {
      state.only = only;
      colour();
    };
    byId("colours").querySelector(".legend").replaceChildren(...legend(planes[0].ways[state.way], state.only, pick));
  }

  const words = maps.length > 1 ? [...new Set(maps.flatMap((map) => map.words.slice(0, map.n)))] : maps[0].words.slice(0, maps[0].n);
  const search = new Completion(byId("search"), words, choose);
  byId("by").append(...Object.keys(planes[0].ways).map((name) => make("option", { value: name }, name)));
  byId("by").addEventListener("change", (event) => {
    Object.assign(state, { way: event.target.value, only: null });
    colour();
  });
  byId("cards").append(...maps.map(runCard));
  followAnalogy(maps, words, choose);
  followKeys(planes, search, choose);
  showLegend();
  const asked = decodeURIComponent(location.hash.slice(1));
  choose(words.includes(asked) ? asked : null);
}

function followAnalogy(maps, words, choose) {
  const form = byId("analogy").querySelector("form"), answers = byId("analogy").querySelector(".answers");
  if (!maps.some((map) => map.nVectors)) return byId("analogy").remove();
  form.querySelectorAll(".field").forEach((field) => new Completion(field, words, () => {
    const inputs = [...form.querySelectorAll("input")];
    (inputs.find((input) => !input.value) || form.querySelector("button")).focus();
  }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [a, b, c] = ["a", "b", "c"].map((name) => form.elements[name].value.trim() || form.elements[name].placeholder);
    const parts = [];
    for (const map of maps) {
      const { best, unknown } = await analogy(map, a, b, c);
      if (maps.length > 1) parts.push(make("h2", {}, map.name));
      parts.push(unknown === undefined ? nearList(map, best, choose, 2) : make("p", { class: "facts" }, `${unknown} has no vector in this page.`));
    }
    const among = spelled(Math.max(...maps.map((map) => map.nVectors)));
    parts.push(make("p", { class: "hint" }, `${b} − ${a} + ${c}; approximate: vectors of 8 bits, among ${among} words.`));
    answers.replaceChildren(...parts);
  });
}

function followKeys(planes, search, choose) {
  const moves = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, 0.15], ArrowDown: [0, -0.15] };
  document.addEventListener("keydown", (event) => {
    const { target, key } = event, writes = target.matches("input, select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key === "Escape") {
      target.blur();
      choose(null);
    } else if (key === "/" && !writes) {
      event.preventDefault();
      search.input.focus();
      search.input.select();
    } else if (!writes && target.closest(".near") && (key === "ArrowDown" || key === "ArrowUp")) {
      event.preventDefault();
      const items = [...target.closest(".near").querySelectorAll("button")], n = items.length;
      items[(items.indexOf(target) + (key === "ArrowDown" ? 1 : n - 1)) % n].focus();
    } else if (!writes && !target.closest("aside")) {
      if (moves[key]) {
        event.preventDefault();
        planes.forEach((plane) => plane.move(...moves[key]));
      } else if (key === "+" || key === "=") planes.forEach((plane) => plane.zoom(1.5));
      else if (key === "-") planes.forEach((plane) => plane.zoom(1 / 1.5));
      else if (key === "0") planes.forEach((plane) => plane.show(plane.whole));
    }
  });
}

followTheme();
open().catch((error) => {
  byId("planes").replaceChildren(make("p", { id: "wait", role: "alert" }, `The map cannot be drawn: ${error.message}. A browser of 2023 or later with WebGL is needed.`));
  throw error;
});
