// Colours of points: a number for each point, and the scale that it is looked up in.
const GREY = "#9097a0";
const SCALE = ["#6247c7", "#21908d", "#5dc863", "#f0c419"];
const MOST_NAMES = 60;

function hues(n) {
  const tones = [[65, 50], [48, 66], [78, 40]];
  return Array.from({ length: n }, (_, i) => {
    const [saturation, light] = tones[i % tones.length];
    return `hsl(${Math.round((i * 137.508 + 212) % 360)}, ${saturation}%, ${light}%)`;
  });
}

// Steps of one colour each, for the numbers 0, 1, 2, ...
function steps(colours) {
  const n = colours.length;
  const colorscale = colours.flatMap((colour, i) => [[i / n, colour], [(i + 1) / n, colour]]);
  return { colorscale, cmin: -0.5, cmax: n - 0.5 };
}

// Ways to colour a map: each with numbers, and either names (with how many words each has) or two ends.
function waysToColour(map) {
  const ways = { cluster: named("cluster", map.groups, map.clusters.map((words) => words.join(", ")), map.n) };
  const counts = map.counts || Float64Array.from({ length: map.n }, (_, row) => map.n - row);
  const logs = Float32Array.from(counts, (count) => Math.log10(Math.max(count, 1)));
  const [low, high] = [logs.reduce((a, b) => Math.min(a, b)), logs.reduce((a, b) => Math.max(a, b))];
  const ends = map.counts ? [10 ** low, 10 ** high].map((count) => `${spelled(Math.round(count))} times`) : ["rare", "common"];
  ways.frequency = { numbers: logs, ends, cmin: low, cmax: high, colorscale: SCALE.map((c, i) => [i / (SCALE.length - 1), c]) };
  if (map.labels) ways.label = named("label", map.labels, map.labelNames, map.n);
  return ways;
}

function named(what, codes, names, n) {
  const sizes = new Array(names.length).fill(0);
  let nWithout = 0;
  for (const code of codes) code < 0 ? nWithout++ : sizes[code]++;
  const few = Math.min(names.length, MOST_NAMES);
  const numbers = Float32Array.from(codes, (code) => (code < 0 || code >= few ? few : code));
  const colours = hues(few);
  return { numbers, names: names.slice(0, few), sizes, colours, nWithout, n };
}

// The scale of a way, where `only` one name keeps its colour; null: all do.
function scaleOf(way, only = null) {
  if (!way.names) return way;
  return steps([...way.colours.map((colour, i) => (only === null || only === i ? colour : "rgba(144,151,160,0.25)")),
    "rgba(144,151,160,0.35)"]);
}
