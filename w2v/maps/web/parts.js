// What the page carries: parts of base64, of gzip, of arrays or JSON.
const ARRAYS = {
  int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, uint32: Uint32Array, float64: Float64Array,
};

async function part(name) {
  const element = document.getElementById(`part-${name}`);
  if (!element) return null;
  const text = element.textContent;
  const packed = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const plain = new Response(stream);
  const kind = element.dataset.kind;
  if (kind === "text") return plain.text();
  if (kind === "json") return JSON.parse(await plain.text());
  return new ARRAYS[kind](await plain.arrayBuffer());
}

// The map with number `m`, whose words are rows: the first n lie on the plane, the others are neighbours only.
async function readMap(m, about) {
  const names = ["words", "places", "rows", "cosines", "groups", "labels", "counts"];
  const [words, places, rows, cosines, groups, labels, counts] = await Promise.all(names.map((name) => part(`${m}-${name}`)));
  const x = new Float32Array(about.n), y = new Float32Array(about.n);
  for (let row = 0; row < about.n; row++) {
    x[row] = places[2 * row];
    y[row] = places[2 * row + 1];
  }
  const rowOf = new Map();
  for (let row = words.length - 1; row >= 0; row--) rowOf.set(words[row], row);
  return { ...about, words, x, y, rows, cosines, groups, labels, counts, rowOf, number: m };
}

// Of a word: its neighbours as [row, cosine], as `w2v nn` gives them.
function neighboursOf(map, row) {
  if (row >= map.n) return [];
  const found = [];
  for (let place = row * map.k; place < (row + 1) * map.k; place++) found.push([map.rows[place], map.cosines[place] / 1e4]);
  return found;
}

function runPlotly(code) {
  const script = document.createElement("script");
  script.textContent = code;
  document.head.append(script);
}
