// Drawn sheets: a part of a page on a canvas, ready to be put on the glass; canvases are used again.
import { say } from "../../console/lib/i18n.js";
import { CannotShow } from "./cannot_show.js";
import { layOut } from "./fit.js";

const MOST_SPARE = 2;
const spare = [];

// Draw what `look` shows of a paper in a room {width, height, scale} of device pixels.
export async function drawSheet(paper, look, room, signal) {
  const size = await paper.size(look.page);
  const placed = layOut(look, size, room);
  const canvas = spare.pop() ?? document.createElement("canvas");
  // Setting the size also wipes it.
  canvas.width = placed.seen.width;
  canvas.height = placed.seen.height;
  canvas.className = "sheet";
  if (!canvas.getContext("2d", { alpha: false })) {
    throw new CannotShow("SCREEN_UNHEALTHY", say("screen.why.no_memory"));
  }
  try {
    await paper.draw(canvas, look, placed, signal);
  } catch (failure) {
    letGo({ canvas });
    throw failure;
  }
  return { canvas, paper, look, size, room, placed };
}

// Lay a sheet where it belongs in its room.
export function place({ canvas, placed, room }) {
  const css = (pixels) => `${pixels / room.scale}px`;
  canvas.style.left = css(placed.at.x);
  canvas.style.top = css(placed.at.y);
  canvas.style.width = css(placed.seen.width);
  canvas.style.height = css(placed.seen.height);
}

// The sheet is not needed any more.
export function letGo({ canvas }) {
  canvas.remove();
  canvas.style.transform = "";
  if (spare.length < MOST_SPARE) spare.push(canvas);
  else canvas.width = canvas.height = 0;
}

export function isSameRoom(one, other) {
  return one.width === other.width && one.height === other.height && one.scale === other.scale;
}

export function isSameLook(one, other) {
  const [a, b] = [one.centre, other.centre];
  const isSameCentre = a === b || (a !== null && b !== null && a.x === b.x && a.y === b.y);
  return one.page === other.page && one.fit === other.fit && one.zoom === other.zoom && one.rotate === other.rotate && isSameCentre;
}
