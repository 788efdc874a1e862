// Where a page lies in its room: which size it is drawn at, which part of it is visible, and where that part goes.
//
// Rooms and placements are in device pixels, so that what is drawn is sharp; pages in pixels of 96 dpi. A page larger
// than its room shows its top, centred from left to right, until somebody scrolls. Only the visible part is ever drawn,
// so a large zoom costs no memory.
const ZOOM_STEP = Math.SQRT2;
export const LEAST_ZOOM = 0.1;
export const MOST_ZOOM = 8;
// Steering's own end, against the whole page in the room.
const MOST_STEERED = 16;

// `zoom` (1.0 is the page's own size at 96 dpi) wins over `fit`; `centre` is what lies in the middle of the room, in
// fractions of the page as it is turned, null the middle of its top.
export const FIRST_LOOK = { page: 1, fit: "page", zoom: null, rotate: 0, centre: null };

// Follow a wish as far as that is possible without knowing how the page lies; what it does not name stays.
export function follow(look, wish, pages) {
  const next = { ...look };
  if (wish.page != null) next.page = wish.page;
  if (wish.step) {
    const last = pages || 1;
    const to = { next: look.page + 1, previous: look.page - 1, first: 1, last }[wish.step];
    next.page = between(to, 1, last);
  }
  if (wish.rotate != null) next.rotate = wish.rotate;
  if (wish.rotateBy) next.rotate = (look.rotate + wish.rotateBy) % 360;
  if (next.rotate !== look.rotate) next.centre = null;
  else if (next.page !== look.page && look.centre) next.centre = { x: look.centre.x, y: 0 }; // the same column, from its top
  if (wish.zoom != null) next.zoom = wish.zoom;
  else if (wish.fit) Object.assign(next, { fit: wish.fit, zoom: null, centre: null });
  return next;
}

// The steps that depend on how the page lies: zoom by a step, then scroll. Both stay at their end.
export function step(look, wish, size, room) {
  let next = look;
  if (wish.zoomStep) next = zoomed(next, wish.zoomStep === "in", size, room);
  if (!wish.scroll) return next;
  const { whole, seen } = layOut(next, size, room);
  const left = between(seen.x + (wish.scroll.dx ?? 0) * room.width, 0, whole.width - seen.width);
  const top = between(seen.y + (wish.scroll.dy ?? 0) * room.height, 0, whole.height - seen.height);
  return { ...next, centre: { x: (left + seen.width / 2) / whole.width, y: (top + seen.height / 2) / whole.height } };
}

// `whole` is the page's size as it is turned, `seen` the visible part of it, `at` where that goes in the room.
export function layOut(look, size, room) {
  const turned = turn(size, look.rotate);
  const factor = factorOf(look, turned, room);
  const whole = { width: Math.max(1, Math.round(turned.width * factor)), height: Math.max(1, Math.round(turned.height * factor)) };
  const seen = { x: 0, y: 0, width: Math.min(whole.width, room.width), height: Math.min(whole.height, room.height) };
  const spare = { x: whole.width - seen.width, y: whole.height - seen.height };
  seen.x = Math.floor(spare.x / 2);
  if (look.centre) {
    seen.x = Math.round(between(look.centre.x * whole.width - seen.width / 2, 0, spare.x));
    seen.y = Math.round(between(look.centre.y * whole.height - seen.height / 2, 0, spare.y));
  }
  const at = { x: Math.floor((room.width - seen.width) / 2), y: Math.floor((room.height - seen.height) / 2) };
  return { whole, seen, at, factor };
}

// What is seen, as steering tells it: the middle of the room on the page, and the zoom against the whole page.
export function viewportOf(look, size, room) {
  const { whole, seen, factor } = layOut(look, size, room);
  const zoom = factor / factorOf(FIRST_LOOK, turn(size, look.rotate), room);
  const share = (from, length, all) => between((from + length / 2) / all, 0, 1);
  return { x: share(seen.x, seen.width, whole.width), y: share(seen.y, seen.height, whole.height), zoom };
}

// The look that a steering wish asks for, kept within its ends.
export function steered(look, wish, size, room) {
  const fits = factorOf(FIRST_LOOK, turn(size, look.rotate), room);
  const zoom = between(wish.zoom, 1, MOST_STEERED);
  const centre = { x: wish.x, y: wish.y };
  if (zoom <= 1.0001) return { ...look, fit: "page", zoom: null, centre };
  return { ...look, zoom: (zoom * fits) / room.scale, centre };
}

export function turn(size, rotate) {
  return rotate % 180 ? { width: size.height, height: size.width } : size;
}

// Zoom around the middle of what is visible; further out than the whole page is no use.
function zoomed(look, isCloser, size, room) {
  const turned = turn(size, look.rotate);
  const now = factorOf(look, turned, room) / room.scale;
  const whole = factorOf(FIRST_LOOK, turned, room) / room.scale;
  let zoom = isCloser ? now * ZOOM_STEP : now / ZOOM_STEP;
  if (isCloser) zoom = Math.max(now, Math.min(zoom, MOST_ZOOM));
  else if (now >= whole && zoom <= whole * 1.05) return { ...look, fit: "page", zoom: null, centre: null };
  else zoom = Math.min(now, Math.max(zoom, LEAST_ZOOM));
  const { x, y } = viewportOf(look, size, room);
  return { ...look, zoom, centre: { x, y } };
}

function factorOf(look, turned, room) {
  if (look.zoom !== null) return look.zoom * room.scale;
  const byWidth = room.width / turned.width;
  return look.fit === "width" ? byWidth : Math.min(byWidth, room.height / turned.height);
}

export function between(value, least, most) {
  return Math.min(Math.max(value, least), Math.max(least, most));
}
