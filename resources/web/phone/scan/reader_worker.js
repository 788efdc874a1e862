// The reader in a thread of its own, so that the page answers fingers while a picture is searched.
import { prepareZXingModule, readBarcodes } from "../../vendor/zxing-reader.js";
import { nativeDetector, Reader } from "./reader.js";
import { reduced } from "./region.js";

const PHOTO_SIDES = [1600, 2600, 800];
const wasm = new URL("../../vendor/zxing_reader.wasm", import.meta.url).href;
const ready = (async () => {
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return new Reader(readBarcodes, await nativeDetector());
})();

// A bitmap, looked at no larger than `longest`; the pixels are taken out only when somebody needs them.
function pictureOf(bitmap, longest = Infinity) {
  let taken = null;
  return {
    bitmap,
    pixels() {
      if (!taken) {
        const { width, height } = reduced(bitmap, longest);
        const canvas = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
        canvas.drawImage(bitmap, 0, 0, width, height);
        taken = canvas.getImageData(0, 0, width, height);
      }
      return taken;
    },
  };
}

async function work({ bitmap, pixels, isPhoto, turn }) {
  const reader = await ready;
  if (isPhoto) {
    const pictures = bitmap
      ? PHOTO_SIDES.filter((side, place) => place !== 1 || Math.max(bitmap.width, bitmap.height) > 1600).map((side) =>
          pictureOf(bitmap, side),
        )
      : [{ pixels: () => pixels }];
    return reader.readPhoto(pictures);
  }
  return reader.readFrame(bitmap ? pictureOf(bitmap) : { bitmap: null, pixels: () => pixels }, { turn });
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
