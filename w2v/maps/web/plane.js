// One map: points that Plotly draws, and above them what we draw: lines, rings and words.
const NEAR_PIXELS = 14; // how far from a point one may click
const FAR = 0.002;
const MARGIN = 1.06, MARGIN_OF_WORDS = 1.4; // around all, and around a word and its neighbours, whose names need room

// The rows of nearly all words: a few that lie far away are to make nobody small.
function bulk(map) {
  const [left, right, bottom, top] = [map.x, map.y].flatMap((numbers) => {
    const sorted = numbers.toSorted(), few = Math.floor(map.n * FAR);
    return [sorted[few], sorted[map.n - 1 - few]];
  });
  const rows = Array.from({ length: map.n }, (_, row) => row);
  return rows.filter((row) => map.x[row] >= left && map.x[row] <= right && map.y[row] >= bottom && map.y[row] <= top);
}

class Plane {
  constructor(map, root, onPick, withTitle) {
    Object.assign(this, { map, onPick, chosen: null, near: [], hover: null });
    this.ways = waysToColour(map);
    this.plot = make("div", { class: "plot" });
    this.over = drawn("svg", { class: "over", "aria-hidden": "true" });
    this.root = make("div", { class: "plane", tabindex: "0", role: "group", "aria-label": `Map of ${map.n} words of ${map.name}` },
      this.plot, this.over, ...(withTitle ? [make("h2", {}, map.name)] : []));
    root.append(this.root);
    this.sizes = Float32Array.from({ length: map.n }, (_, row) => this.size(row));
    this.landmarks = landmarks(map);
    followPointers(this);
  }

  size(row) { // common words are larger, and all are where they are few
    return 2.6 + 5 * (1 - Math.log(row + 2) / Math.log(this.map.n + 2)) + Math.max(0, 3 - this.map.n / 4000);
  }

  async draw(way) {
    const { map } = this;
    const { colorscale, cmin, cmax } = scaleOf(this.ways[way]);
    const points = {
      type: "scattergl", mode: "markers", x: map.x, y: map.y, hoverinfo: "skip",
      marker: { size: this.sizes, color: this.ways[way].numbers, colorscale, cmin, cmax, opacity: 0.72, line: { width: 0 } },
    };
    const axis = { visible: false, showgrid: false, zeroline: false };
    this.whole = this.around(bulk(map));
    const layout = {
      margin: { l: 0, r: 0, t: 0, b: 0 }, dragmode: "pan", hovermode: false, showlegend: false,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      xaxis: { ...axis, range: this.whole.x }, yaxis: { ...axis, range: this.whole.y, scaleanchor: "x" },
    };
    await Plotly.newPlot(this.plot, [points], layout, { scrollZoom: true, displayModeBar: false, doubleClick: false, responsive: true });
    this.plot.on("plotly_relayout", () => this.redraw());
    this.plot.on("plotly_relayouting", () => this.redraw());
    this.plot.on("plotly_afterplot", () => this.redraw());
    this.redraw();
  }

  colour(way, only) {
    const { colorscale, cmin, cmax } = scaleOf(this.ways[way], only);
    Plotly.restyle(this.plot, {
      "marker.color": [this.ways[way].numbers], "marker.colorscale": [colorscale], "marker.cmin": cmin, "marker.cmax": cmax,
    });
  }

  // ---- the view

  around(rows, least = 0, margin = MARGIN) { // the ranges that show these words, at least so wide
    const { map, root } = this, wide = Math.max(root.clientWidth, 1) / Math.max(root.clientHeight, 1);
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const row of rows) {
      left = Math.min(left, map.x[row]);
      right = Math.max(right, map.x[row]);
      bottom = Math.min(bottom, map.y[row]);
      top = Math.max(top, map.y[row]);
    }
    const height = Math.max((right - left) / wide, top - bottom, least) * margin + 1e-6, width = height * wide;
    const [x, y] = [(left + right) / 2, (bottom + top) / 2];
    return { x: [x - width / 2, x + width / 2], y: [y - height / 2, y + height / 2] };
  }

  get ranges() {
    const { xaxis, yaxis } = this.plot._fullLayout;
    return { x: [...xaxis.range], y: [...yaxis.range] };
  }

  show({ x, y }) {
    return Plotly.relayout(this.plot, { "xaxis.range": x, "yaxis.range": y });
  }

  move(dx, dy) { // shares of what is seen
    const { x, y } = this.ranges, right = (x[1] - x[0]) * dx, up = (y[1] - y[0]) * dy;
    this.show({ x: x.map((v) => v + right), y: y.map((v) => v + up) });
  }

  zoom(factor, at = [this.root.clientWidth / 2, this.root.clientHeight / 2], from = this.ranges) {
    const to = (range, share) => {
      const fixed = range[0] + (range[1] - range[0]) * share;
      return range.map((v) => fixed + (v - fixed) / factor);
    };
    return this.show({ x: to(from.x, at[0] / this.root.clientWidth), y: to(from.y, 1 - at[1] / this.root.clientHeight) });
  }

  pixels(row) {
    const { x, y } = this.seen, { clientWidth: width, clientHeight: height } = this.root;
    return [((this.map.x[row] - x[0]) / (x[1] - x[0])) * width, (1 - (this.map.y[row] - y[0]) / (y[1] - y[0])) * height];
  }

  at(px, py) { // the word that is nearest to a place on the screen, or null
    this.seen = this.ranges;
    const { map } = this, { x, y } = this.seen, { clientWidth: width, clientHeight: height } = this.root;
    const placeX = x[0] + (px / width) * (x[1] - x[0]), placeY = y[0] + (1 - py / height) * (y[1] - y[0]);
    let best = ((NEAR_PIXELS / width) * (x[1] - x[0])) ** 2, found = null;
    for (let row = 0; row < map.n; row++) {
      const apart = (map.x[row] - placeX) ** 2 + (map.y[row] - placeY) ** 2;
      if (apart < best) [best, found] = [apart, row];
    }
    return found;
  }

  // ---- what is chosen

  choose(row, near, go) { // a row or null, and the rows to draw lines to
    this.chosen = row;
    this.near = near.filter((one) => one < this.map.n);
    this.root.classList.toggle("chosen", row !== null);
    const whole = this.whole.y[1] - this.whole.y[0];
    if (row !== null && go) this.show(this.around([row, ...this.nearby(row)], whole / 14, MARGIN_OF_WORDS));
    else this.redraw();
  }

  nearby(row) { // of its neighbours most: one that lies far off is to make nobody small
    const { x, y } = this.map, apart = (one) => (x[one] - x[row]) ** 2 + (y[one] - y[row]) ** 2;
    return this.near.toSorted((a, b) => apart(a) - apart(b)).slice(0, Math.ceil(this.near.length * 0.7));
  }

  redraw() {
    if (!this.plot._fullLayout) return;
    this.seen = this.ranges;
    this.over.replaceChildren(...overlay(this));
  }
}
