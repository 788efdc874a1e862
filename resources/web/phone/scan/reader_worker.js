// The reader in a thread of its own, so that the page answers fingers while a picture is searched.
import { prepareZXingModule, readBarcodes } from "../../vendor/zxing-reader.js";
import { sharpen, turnedSize } from "./looks.js";
import { nativeDetector, Reader } from "./reader.js";
import { reduced } from "./region.js";

const PHOTO_SIDES = [1600, 2600, 800];
const wasm = new URL("../../vendor/zxing_reader.wasm", import.meta.url).href;
const ready = (async () => {
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return new Reader(readBarcodes, await nativeDetector());
})();

// One canvas for all pictures, so that hours of them leave no rubbish.
let paper = null;

function cleared(width, height) {
  paper ??= new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  paper.canvas.width = width;
  paper.canvas.height = height;
  return paper;
}

// A bitmap, looked at no larger than `longest`; the pixels are taken out only when somebody needs them.
function pictureOf(bitmap, longest = Infinity) {
  return {
    bitmap,
    pixels({ turned = 0, sharpened = false }) {
      const size = reduced(bitmap, longest);
      const { width, height } = turned ? turnedSize(size, turned) : size;
      const canvas = cleared(width, height);
      if (turned) {
        canvas.fillStyle = "#888";
        canvas.fillRect(0, 0, width, height);
        canvas.translate(width / 2, height / 2);
        canvas.rotate((turned * Math.PI) / 180);
        canvas.translate(-size.width / 2, -size.height / 2);
      }
      canvas.drawImage(bitmap, 0, 0, size.width, size.height);
      const pixels = canvas.getImageData(0, 0, width, height);
      return sharpened ? sharpen(pixels) : pixels;
    },
  };
}

// Pixels that the page took out itself, because this browser cannot draw here: they are looked at as they are.
function pictureOfPixels(pixels) {
  return { bitmap: null, pixels: ({ sharpened = false }) => (sharpened ? sharpen(pixels) : pixels) };
}

async function work({ bitmap, pixels, isPhoto, look }) {
  const reader = await ready;
  if (!bitmap) return isPhoto ? reader.readPhoto([pictureOfPixels(pixels)]) : reader.readFrame(pictureOfPixels(pixels), look);
  if (!isPhoto) return reader.readFrame(pictureOf(bitmap), look);
  const longest = Math.max(bitmap.width, bitmap.height);
  return reader.readPhoto(PHOTO_SIDES.filter((side) => side <= PHOTO_SIDES[0] || longest > PHOTO_SIDES[0]).map((side) => pictureOf(bitmap, side)));
}

self.onmessage = async ({ data }) => {
  const began = performance.now();
  try {
    const found = await work(data);
    self.postMessage({ id: data.id, found, ms: performance.now() - began });
  } catch (error) {
    self.postMessage({ id: data.id, error: String(error) });
  } finally {
    data.bitmap?.close();
  }
};

ready.then(
  () => self.postMessage({ ready: true }),
  (error) => self.postMessage({ ready: false, error: String(error) }),
);
