// b − a + c by cosine (3CosAdd), on vectors of 8 bits: cosines to about two decimals.
const N_ANSWERS = 10;

async function vectorsOf(map) {
  if (!map.vectors) {
    const codes = await part(`${map.number}-vectors`), { d, nVectors } = map;
    const lengths = Float32Array.from({ length: nVectors }, (_, row) => {
      let sum = 0;
      for (let i = row * d; i < (row + 1) * d; i++) sum += codes[i] * codes[i];
      return Math.sqrt(sum) || 1;
    });
    map.vectors = { codes, lengths };
  }
  return map.vectors;
}

// [[row, cosine], ...], or the first word that has no vector here.
async function analogy(map, a, b, c) {
  const asked = [[a, -1], [b, 1], [c, 1]].map(([word, sign]) => [map.rowOf.get(word), sign, word]);
  const unknown = asked.find(([row]) => row === undefined || row >= map.nVectors);
  if (unknown) return { unknown: unknown[2] };
  const { codes, lengths } = await vectorsOf(map), { d } = map, query = new Float32Array(d);
  for (const [row, sign] of asked) for (let i = 0; i < d; i++) query[i] += (sign * codes[row * d + i]) / lengths[row];
  const length = Math.hypot(...query) || 1, best = [], used = new Set(asked.map(([row]) => row));
  for (let row = 0; row < map.nVectors; row++) {
    let product = 0;
    for (let i = 0, place = row * d; i < d; i++, place++) product += query[i] * codes[place];
    const cosine = product / (length * lengths[row]);
    if (best.length === N_ANSWERS && cosine <= best[N_ANSWERS - 1][1]) continue;
    if (used.has(row)) continue;
    let place = best.length;
    while (place > 0 && best[place - 1][1] < cosine) place--;
    best.splice(place, 0, [row, cosine]);
    best.length = Math.min(best.length, N_ANSWERS);
  }
  return { best };
}
