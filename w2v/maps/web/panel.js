// The side: a word's neighbours, answers, the legend, and how the vectors were trained.
function nearList(map, found, choose, digits = 4) {
  return make("ol", { class: "near" }, ...found.map(([row, cosine]) => {
    const away = row >= map.n;
    return make("li", {}, make("button", {
      type: "button", title: away ? `${map.words[row]} is not on the map` : map.words[row],
      style: { "--cosine": Math.max(cosine, 0) }, onclick: () => choose(map.words[row]),
    }, make("span", { class: away ? "name away" : "name", dir: "auto" }, map.words[row]),
    make("span", { class: "cosine" }, cosine.toFixed(digits))));
  }));
}

function wordSection(maps, word, choose) {
  if (word === null) return [make("p", { class: "hint" }, "Click a point, or search a word, to see its neighbours.")];
  const columns = maps.map((map) => {
    const row = map.rowOf.get(word), title = maps.length > 1 ? [make("h3", {}, map.name)] : [];
    if (row === undefined) return make("div", {}, ...title, make("p", { class: "facts" }, "is not in this model's map"));
    if (row >= map.n) return make("div", {}, ...title, make("p", { class: "facts" }, "is a rare word that is not on the map"));
    const facts = [`rank ${spelled(row + 1)}`];
    if (map.counts) facts.push(`${spelled(map.counts[row])} times`);
    if (map.labels && map.labels[row] >= 0) facts.push(map.labelNames[map.labels[row]]);
    facts.push(`cluster ${map.clusters[map.groups[row]].join(", ")}`);
    return make("div", {}, ...title, make("p", { class: "facts" }, facts.join(" · ")), nearList(map, neighboursOf(map, row), choose));
  });
  return [make("h2", { dir: "auto" }, word), make("div", { class: "columns" }, ...columns)];
}

function legend(way, only, pick) {
  if (!way.names) {
    const gradient = `linear-gradient(90deg, ${way.colorscale.map(([, colour]) => colour).join(", ")})`;
    return [make("li", { class: "scale", style: { background: gradient } }),
      make("li", { class: "ends" }, ...way.ends.map((end) => make("span", {}, end)))];
  }
  const rows = way.names.map((name, i) => make("li", {}, make("button", {
    type: "button", "aria-pressed": String(only === i), title: name, onclick: () => pick(only === i ? null : i),
  }, make("i", { style: { background: way.colours[i] } }), make("span", { dir: "auto" }, name), make("small", {}, spelled(way.sizes[i])))));
  if (way.nWithout) {
    rows.push(make("li", {}, make("button", { type: "button", disabled: "" }, make("i", { style: { background: GREY } }),
      make("span", {}, "without a label"), make("small", {}, spelled(way.nWithout)))));
  }
  return rows;
}

function runCard(map) {
  const tables = Object.entries(map.card.facts).map(([part, facts]) => table(part, Object.entries(facts)));
  if (map.card.ledger.length) {
    tables.splice(1, 0, table("tokens of the last epoch", map.card.ledger.map(([name, count]) => [name, spelled(count)])));
  }
  const curve = map.card.losses.length > 1 ? [lossCurve(map.card.losses)] : [];
  return make("details", {}, make("summary", {}, `How ${map.name} was trained`), ...curve, ...tables);
}

function table(caption, rows) {
  const cells = rows.map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, name.replaceAll("_", " ")), make("td", {}, value)));
  return make("table", {}, make("caption", {}, caption), make("tbody", {}, ...cells));
}

function lossCurve(losses) {
  const low = Math.min(...losses), high = Math.max(...losses), wide = 300, tall = 90;
  const points = losses.map((loss, i) => [
    8 + (i / (losses.length - 1)) * (wide - 16), 24 + (1 - (loss - low) / (high - low || 1)) * (tall - 48)]);
  return drawn("svg", { class: "loss", viewBox: `0 0 ${wide} ${tall}`, role: "img", "aria-label": `Loss per pair: ${losses.map((l) => l.toFixed(4)).join(", ")}` },
    drawn("polyline", { points: points.map((point) => point.join(",")).join(" ") }),
    ...points.map(([cx, cy]) => drawn("circle", { cx, cy, r: 3 })),
    drawn("text", { x: 8, y: 14 }, losses[0].toFixed(4)),
    drawn("text", { x: wide - 8, y: tall - 4, "text-anchor": "end" }, losses.at(-1).toFixed(4)),
    drawn("text", { x: wide - 8, y: 14, "text-anchor": "end" }, "loss per pair, by epoch"));
}
