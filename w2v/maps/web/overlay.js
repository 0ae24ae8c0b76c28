// What stands above the points: lines to neighbours, rings, and as many words as find room.
const WORD_AREA = 15000; // pixels for each of the words that are written
const MOST_TRIED = 3000;
const MOST_GRAMMAR = 300; // the commonest words tell little of where one is, and are written from nearby only
const measure = document.createElement("canvas").getContext("2d");
const FONTS = { chosen: "700 15px system-ui", near: "600 12px system-ui", cluster: "650 13px system-ui", word: "12px system-ui" };

function overlay(plane) {
  const { map, chosen, hover } = plane, items = [], boxes = [], written = new Set();
  const { clientWidth: width, clientHeight: height } = plane.root;
  const write = (text, row, kind, place = plane.pixels(row)) => {
    const label = placed(text, place, kind, boxes, width, height);
    if (label) items.push(label);
    if (label && row !== null) written.add(row);
    return label !== null;
  };
  if (chosen !== null) {
    const [x, y] = plane.pixels(chosen);
    const ends = plane.near.map((row) => plane.pixels(row));
    items.push(...ends.map(([x2, y2], i) => drawn("line", { x1: x, y1: y, x2, y2, "stroke-width": Math.max(0.8, 2.4 - 0.16 * i) })));
    items.push(...ends.map(([cx, cy]) => drawn("circle", { cx, cy, r: 4 })));
    items.push(drawn("circle", { cx: x, cy: y, r: 6, class: "chosen" }));
    boxes.push([x - 7, y - 7, x + 7, y + 7]);
    write(map.words[chosen], chosen, "chosen");
    for (const row of plane.near) write(map.words[row], row, "near");
  }
  if (hover !== null && hover !== chosen) {
    const [cx, cy] = plane.pixels(hover);
    items.push(drawn("circle", { cx, cy, r: 6, class: "hover" }));
    write(map.words[hover], hover, "near");
  }
  const seen = plane.seen, shown = (seen.y[1] - seen.y[0]) / (plane.whole.y[1] - plane.whole.y[0]);
  if (shown > 0.4 && chosen === null) {
    for (const { text, x, y } of plane.landmarks) {
      const at = [((x - seen.x[0]) / (seen.x[1] - seen.x[0])) * width, (1 - (y - seen.y[0]) / (seen.y[1] - seen.y[0])) * height];
      write(text, null, "cluster", at);
    }
  }
  let room = Math.round((width * height) / WORD_AREA) * (chosen === null ? 1 : 0.4), tries = MOST_TRIED;
  const first = shown > 0.4 ? Math.min(map.n / 20, MOST_GRAMMAR) : 0;
  for (let row = Math.floor(first); row < map.n && room > 0 && tries > 0; row++) {
    if (written.has(row)) continue;
    if (map.x[row] < seen.x[0] || map.x[row] > seen.x[1] || map.y[row] < seen.y[0] || map.y[row] > seen.y[1]) continue;
    tries--;
    if (write(map.words[row], row, "word")) room--;
  }
  return items;
}

// A text beside its point, where it covers no other one; null where there is no room.
function placed(text, [x, y], kind, boxes, width, height) {
  if (x < 0 || y < 0 || x > width || y > height) return null;
  measure.font = FONTS[kind];
  const shown = text.length > 40 ? `${text.slice(0, 39)}…` : text;
  const half = measure.measureText(shown).width / 2, [size, gap] = kind === "chosen" ? [15, 11] : [13, 7];
  const sides = [[half + gap, size / 2 - 2], [-half - gap, size / 2 - 2], [0, -gap - 3], [0, size + gap]];
  const tried = kind === "cluster" ? [[0, size / 2 - 2], [0, -size], [0, 2 * size]] : sides;
  for (const [dx, dy] of tried) {
    const box = [x + dx - half - 2, y + dy - size, x + dx + half + 2, y + dy + 4];
    if (box[0] < 2 || box[2] > width - 2 || box[1] < 2 || box[3] > height - 2) continue;
    if (boxes.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
    boxes.push(box);
    return drawn("text", { x: x + dx, y: y + dy, "text-anchor": "middle", class: kind }, shown);
  }
  return null;
}

// Where the names of clusters stand: where most of a cluster's words are.
function landmarks(map) {
  const cells = 24, most = map.clusters.map(() => new Map());
  for (let row = 0; row < map.n; row++) {
    const key = Math.floor((map.x[row] / 65536) * cells) * cells + Math.floor((map.y[row] / 65536) * cells);
    const found = most[map.groups[row]], cell = found.get(key) || [0, 0, 0];
    found.set(key, [cell[0] + 1, cell[1] + map.x[row], cell[2] + map.y[row]]);
  }
  return most.flatMap((found, group) => {
    if (!found.size) return [];
    const [n, x, y] = [...found.values()].reduce((a, b) => (b[0] > a[0] ? b : a));
    return [{ text: map.clusters[group].slice(0, 2).join(", "), x: x / n, y: y / n }];
  });
}
