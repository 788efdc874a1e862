// The page's side of the reader: starts it once, hands it one picture at a time, and says so when it cannot be had.
import { Store } from "../../console/lib/store.js";
import { reduced } from "./region.js";

// "starting", "ready" or "broken".
export const readerState = new Store("starting");

const PHOTO_SIDE = 2600;
let worker = null;
let count = 0;
const waiting = new Map();

export function startReader() {
  if (worker) return;
  readerState.set("starting");
  worker = new Worker("/web/phone/scan/reader_worker.js", { type: "module" });
  worker.onmessage = ({ data }) => {
    if ("ready" in data) {
      if (data.ready) readerState.set("ready");
      else broken(data.error);
      return;
    }
    const { resolve, reject } = waiting.get(data.id) ?? {};
    waiting.delete(data.id);
    if (data.error) reject?.(new Error(data.error));
    else resolve?.(data);
  };
  worker.onerror = (event) => broken(event.message ?? "The worker did not start");
}

// Begin anew: what it lacked may be there now.
export function restartReader() {
  stopReader();
  startReader();
}

export function stopReader() {
  worker?.terminate();
  worker = null;
  for (const { reject } of waiting.values()) reject(new Error("The reader was stopped"));
  waiting.clear();
}

function broken(reason) {
  console.warn(`The barcode reader did not start: ${reason}`);
  stopReader();
  readerState.set("broken");
}

function ask(message, handed) {
  return new Promise((resolve, reject) => {
    if (!worker) {
      reject(new Error("There is no reader"));
      return;
    }
    const id = ++count;
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, ...message }, handed);
  });
}

// Older Safari cannot draw in a worker: the page takes the pixels out then.
const drawsInWorker = typeof OffscreenCanvas !== "undefined";

// Read a part of the video's present picture: `region` in its own pixels, no larger than `longest`.
export async function readVideo(video, region, longest, look) {
  const size = reduced(region, longest);
  const bitmap = drawsInWorker ? await bitmapOf(video, region, size) : null;
  if (bitmap) return ask({ bitmap, look }, [bitmap]);
  const pixels = drawn(video, region, size);
  return ask({ pixels, look }, [pixels.data.buffer]);
}

async function bitmapOf(video, { x, y, width, height }, size) {
  try {
    const wish = { resizeWidth: size.width, resizeHeight: size.height, resizeQuality: "medium" };
    return await createImageBitmap(video, x, y, width, height, wish);
  } catch {
    return null; // not every browser cuts and resizes; the page draws it then
  }
}

// Read a photo: turned as it was held, whatever the phone wrote into the file.
export async function readPhoto(file) {
  startReader();
  const bitmap = await createImageBitmap(file);
  if (drawsInWorker) return ask({ bitmap, isPhoto: true }, [bitmap]);
  const pixels = drawn(bitmap, { x: 0, y: 0, width: bitmap.width, height: bitmap.height }, reduced(bitmap, PHOTO_SIDE));
  bitmap.close();
  return ask({ pixels, isPhoto: true }, [pixels.data.buffer]);
}

function drawn(source, region, { width, height }) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, region.x, region.y, region.width, region.height, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
