// The ways to look at one picture after the other: as it is, sharpened, turned, cleared. No picture is looked at in every
// way: a code is in view for many pictures, and what one look misses the next one finds.

// zxing follows straight lines across a code, upright or lying; between these it has to be turned for it.
export const LOOKS = [
  { part: "frame" },
  { part: "frame", sharpened: true },
  { part: "whole" },
  { part: "frame", turned: 30 },
  { part: "frame", cleared: 0 },
  { part: "frame", turned: 60 },
];
// Where the browser's own detector sees nothing, zxing looks at every third picture, in all ways one after the other.
const THIRD = 3;

// `cleared` takes turns between its two ways (clearing.js); `isThorough`: with zxing, whatever else there is.
export function lookOf(turn) {
  const round = Math.floor(turn / LOOKS.length);
  const look = { ...LOOKS[turn % LOOKS.length], isThorough: (turn + round) % THIRD === 0 };
  if ("cleared" in look) look.cleared = round % 2;
  return look;
}

// What was found in a picture that had to be cleared is looked for at once in the other way, and believed the sooner;
// null: the next look takes its turn.
export function lookAfter(look, hasFound) {
  if (!hasFound || !("cleared" in look) || look.isAgain) return null;
  return { ...look, cleared: 1 - look.cleared, isThorough: true, isAgain: true };
}

const RADIUS = 3;
const STRENGTH = 3;

// What is out of focus, made clearer: each point moves away from the mean of its surroundings (unsharp masking), in grey.
// `pixels` is ImageData; it is changed in place.
export function sharpen(pixels) {
  const { width, height, data } = pixels;
  const grey = new Int32Array(width * height);
  for (let at = 0; at < grey.length; at += 1) {
    grey[at] = (data[at * 4] * 77 + data[at * 4 + 1] * 150 + data[at * 4 + 2] * 29) >> 8;
  }
  const mean = averaged(averaged(grey, width, height, 1, width), height, width, width, 1);
  for (let at = 0; at < grey.length; at += 1) {
    // A Uint8ClampedArray keeps it between black and white.
    const value = grey[at] + STRENGTH * (grey[at] - mean[at]);
    data[at * 4] = data[at * 4 + 1] = data[at * 4 + 2] = value;
  }
  return pixels;
}

// The running mean along lines of `length` points, `step` apart; `count` lines begin `stride` apart.
function averaged(from, length, count, step, stride) {
  const to = new Int32Array(from.length);
  const span = 2 * RADIUS + 1;
  for (let line = 0; line < count; line += 1) {
    const begin = line * stride;
    const last = begin + (length - 1) * step;
    let sum = from[begin] * (RADIUS + 1);
    for (let each = 1; each <= RADIUS; each += 1) sum += from[Math.min(begin + each * step, last)];
    for (let at = begin, place = 0; place < length; at += step, place += 1) {
      to[at] = sum / span;
      sum += from[Math.min(at + (RADIUS + 1) * step, last)] - from[Math.max(at - RADIUS * step, begin)];
    }
  }
  return to;
}

// How large a picture is when it has been turned by so many degrees.
export function turnedSize({ width, height }, degrees) {
  const angle = (degrees * Math.PI) / 180;
  const [sin, cos] = [Math.abs(Math.sin(angle)), Math.abs(Math.cos(angle))];
  return { width: Math.ceil(width * cos + height * sin), height: Math.ceil(width * sin + height * cos) };
}
