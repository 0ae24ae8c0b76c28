// Clicks, hovering and two fingers. Plotly drags with one pointer and zooms by the wheel.
const STILL_PIXELS = 5;

function followPointers(plane) {
  const { root } = plane, down = new Map();
  let pinch = null, moved = false;
  const place = (event) => {
    const box = root.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const middle = () => {
    const [[x1, y1], [x2, y2]] = [...down.values()];
    return { at: [(x1 + x2) / 2, (y1 + y2) / 2], apart: Math.max(Math.hypot(x1 - x2, y1 - y2), 1) };
  };
  root.addEventListener("pointerdown", (event) => {
    if (event.isPrimary) down.clear();
    moved = down.size > 0;
    down.set(event.pointerId, place(event));
    plane.start = place(event);
    if (down.size === 2) pinch = { ...middle(), from: plane.ranges };
  }, true);
  window.addEventListener("pointermove", (event) => {
    if (down.has(event.pointerId)) {
      const [x, y] = place(event);
      down.set(event.pointerId, [x, y]);
      if (Math.hypot(x - plane.start[0], y - plane.start[1]) > STILL_PIXELS) moved = true;
      if (pinch && down.size === 2) plane.zoom(middle().apart / pinch.apart, pinch.at, pinch.from);
    } else if (event.pointerType === "mouse" && root.contains(event.target)) {
      const row = plane.at(...place(event));
      if (row !== plane.hover) {
        plane.hover = row;
        root.style.cursor = row === null ? "" : "pointer";
        plane.redraw();
      }
    } else if (plane.hover !== null) {
      plane.hover = null;
      plane.redraw();
    }
  });
  window.addEventListener("pointerup", (event) => {
    if (!down.delete(event.pointerId)) return;
    pinch = null;
    if (!moved && !down.size) plane.onPick(plane.at(...place(event)), plane);
  });
  window.addEventListener("pointercancel", () => {
    down.clear();
    pinch = null;
  });
  for (const name of ["touchstart", "touchmove"]) { // Plotly would drag with one of two fingers
    root.addEventListener(name, (event) => event.touches.length > 1 && event.stopPropagation(), true);
  }
  root.addEventListener("dblclick", () => plane.show(plane.whole));
}
