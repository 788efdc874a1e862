// Fingers on the pad: one moves the page, two move and enlarge it, one that stays points. A mouse does the same; its
// wheel enlarges. Places are pixels of the element.
const SLOP = 8;
const HOLD_MS = 350;
const DOUBLE_MS = 320;
const DOUBLE_SLOP = 32;

// `hand` hears pan(dx, dy), zoom(factor, place), double(place), point(place or null); `hand.points()` tells whether every
// touch points. Returns what ends it.
export function listen(element, hand) {
  const fingers = new Map();
  let mode = "none";
  let holding = 0;
  let lastTap = { at: -Infinity, x: 0, y: 0 };

  const placeOf = (event) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  function stopPointing() {
    clearTimeout(holding);
    if (mode === "point") hand.point(null);
  }

  function down(event) {
    if (event.button > 0 || fingers.size === 2) return;
    element.setPointerCapture(event.pointerId);
    const place = placeOf(event);
    fingers.set(event.pointerId, { ...place, start: place });
    if (fingers.size === 2) {
      stopPointing();
      mode = "pinch";
    } else if (hand.points()) {
      mode = "point";
      hand.point(place);
    } else {
      mode = "wait";
      holding = setTimeout(() => {
        mode = "point";
        navigator.vibrate?.(12);
        hand.point(place);
      }, HOLD_MS);
    }
  }

  function move(event) {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    const place = placeOf(event);
    const before = { x: finger.x, y: finger.y };
    if (mode === "wait" && Math.hypot(place.x - finger.start.x, place.y - finger.start.y) > SLOP) {
      clearTimeout(holding);
      mode = "pan";
    }
    if (mode === "wait") return;
    Object.assign(finger, place);
    if (mode === "point") hand.point(place);
    else if (mode === "pan") hand.pan(place.x - before.x, place.y - before.y);
    else if (mode === "pinch") {
      const other = [...fingers.entries()].find(([id]) => id !== event.pointerId)[1];
      const apart = Math.hypot(before.x - other.x, before.y - other.y);
      const middle = { x: (place.x + other.x) / 2, y: (place.y + other.y) / 2 };
      hand.pan((place.x - before.x) / 2, (place.y - before.y) / 2);
      if (apart > 1) hand.zoom(Math.hypot(place.x - other.x, place.y - other.y) / apart, middle);
    }
  }

  function up(event) {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    fingers.delete(event.pointerId);
    if (fingers.size) {
      mode = "pan";
      return;
    }
    stopPointing();
    if (mode === "wait" && event.type === "pointerup") tapped(finger.start, event.timeStamp);
    mode = "none";
  }

  function tapped(place, now) {
    const isSecond = now - lastTap.at < DOUBLE_MS && Math.hypot(place.x - lastTap.x, place.y - lastTap.y) < DOUBLE_SLOP;
    lastTap = { at: isSecond ? -Infinity : now, ...place };
    if (isSecond) hand.double(place);
  }

  function wheel(event) {
    event.preventDefault();
    hand.zoom(1.002 ** -event.deltaY, placeOf(event));
  }

  const heard = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: up, wheel };
  heard.contextmenu = (event) => event.preventDefault(); // what a long press opens
  for (const [name, listener] of Object.entries(heard)) element.addEventListener(name, listener, { passive: false });
  return () => {
    stopPointing();
    for (const [name, listener] of Object.entries(heard)) element.removeEventListener(name, listener);
  };
}
