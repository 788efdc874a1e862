// Where a page lies, on the screen and on the phone. What the numbers mean is said in relay/contract/steering.py.
//
// A `sheet` has `pageAspect` and `roomAspect`; a `viewport` is {x, y, zoom}. The phone shows what the screen's room
// shows (the `frame`), as large as it fits, and around it what the screen does not show.
export const MOST_ZOOM = 16;
export const WHOLE = { x: 0.5, y: 0.5, zoom: 1 };
const STEP = Math.SQRT2;

const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

// Which share of the page's width and height can be seen.
export function shares({ pageAspect: page, roomAspect: room }, zoom) {
  return { width: Math.min(1, Math.max(1, room / page) / zoom), height: Math.min(1, Math.max(1, page / room) / zoom) };
}

// As the screen will have it: never nearer or farther than it goes, never beyond an edge.
export function within(sheet, { x, y, zoom }) {
  const kept = clamp(zoom, 1, MOST_ZOOM);
  const { width, height } = shares(sheet, kept);
  return { x: clamp(x, width / 2, 1 - width / 2), y: clamp(y, height / 2, 1 - height / 2), zoom: kept };
}

// Lay frame and page on a pad of this many pixels.
export function layOut({ pageAspect, roomAspect }, viewport, pad) {
  const width = Math.min(pad.width, pad.height * roomAspect);
  const height = width / roomAspect;
  const frame = { left: (pad.width - width) / 2, top: (pad.height - height) / 2, width, height };
  const across = (pageAspect >= roomAspect ? width : height * pageAspect) * viewport.zoom;
  const down = across / pageAspect;
  const page = {
    left: pad.width / 2 - viewport.x * across,
    top: pad.height / 2 - viewport.y * down,
    width: across,
    height: down,
  };
  return { frame, page };
}

// The point of the page below this pixel of the pad.
export function pointAt({ page }, { x, y }) {
  return { x: clamp((x - page.left) / page.width, 0, 1), y: clamp((y - page.top) / page.height, 0, 1) };
}

// The page follows the finger by these pixels.
export function panned(sheet, viewport, pad, dx, dy) {
  const { page } = layOut(sheet, viewport, pad);
  return within(sheet, { ...viewport, x: viewport.x - dx / page.width, y: viewport.y - dy / page.height });
}

// The page becomes `factor` times as large; what lies below this pixel stays there.
export function zoomedAt(sheet, viewport, pad, factor, { x, y }) {
  const { page } = layOut(sheet, viewport, pad);
  const zoom = clamp(viewport.zoom * factor, 1, MOST_ZOOM);
  const grown = zoom / viewport.zoom;
  const at = { x: (x - page.left) / page.width, y: (y - page.top) / page.height };
  return within(sheet, {
    x: at.x + (pad.width / 2 - x) / (page.width * grown),
    y: at.y + (pad.height / 2 - y) / (page.height * grown),
    zoom,
  });
}

// By a button: around the middle; the last step outwards ends at the whole page.
export function stepped(sheet, viewport, closer) {
  const zoom = closer ? viewport.zoom * STEP : viewport.zoom / STEP;
  return within(sheet, { ...viewport, zoom: zoom < 1.05 ? 1 : zoom });
}

// A part of the way from one viewport to another; nearness grows evenly for the eye.
export function between(from, to, share) {
  const mix = (a, b) => a + (b - a) * share;
  return { x: mix(from.x, to.x), y: mix(from.y, to.y), zoom: from.zoom * (to.zoom / from.zoom) ** share };
}

export function isAlike(one, other) {
  return (
    Math.abs(one.x - other.x) < 0.002 &&
    Math.abs(one.y - other.y) < 0.002 &&
    Math.abs(one.zoom / other.zoom - 1) < 0.005
  );
}
