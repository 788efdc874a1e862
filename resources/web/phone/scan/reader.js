// Reads the codes in a picture. The browser's own detector first, where there is one and it knows the format; zxing for
// everything else, and wherever it matters which kind of symbol it was: only zxing tells that a code is GS1.
import { cleared } from "./clearing.js";

const FORMATS = ["Code128", "Code39", "EAN13", "EAN8", "ITF", "DataMatrix", "QRCode", "PDF417", "DataBarExp", "DataBarExpStk"];
const OPTIONS = { formats: FORMATS, tryHarder: true, tryRotate: true, tryInvert: true, tryDownscale: true, textMode: "Plain" };
const MOST_SYMBOLS = 4;

// The browser's names of the formats, and ours.
const NATIVE = {
  code_128: "Code128",
  code_39: "Code39",
  ean_13: "EAN13",
  ean_8: "EAN8",
  itf: "ITF",
  data_matrix: "DataMatrix",
  qr_code: "QRCode",
  pdf417: "PDF417",
};
// These may carry GS1, which begins with an identifier of two digits at least.
const MAY_BE_GS1 = ["Code128", "DataMatrix", "QRCode"];
const LIKE_GS1 = /^\x1d?[0-9]{2}|\x1d/;
// A part of an ITF code is a code of its own, and a line that crosses it aslant reads one: of a code of ten digits turned by
// 8 to 60 degrees zxing tells four, six or eight of them, again and again. Only fourteen with their check digit (ITF-14,
// GS1 General Specifications, 5.3.2) are known to be all.
const ITF_14 = /^[0-9]{14}$/;
const PHOTO_LOOKS = [
  {},
  { sharpened: true },
  { turned: 30 },
  { turned: 60 },
  { cleared: 0 },
  { cleared: 1 },
  { binarizer: "GlobalHistogram" },
];

// The browser's detector of these formats, null where it has none.
export async function nativeDetector(scope = globalThis) {
  if (!("BarcodeDetector" in scope)) return null;
  try {
    const formats = (await scope.BarcodeDetector.getSupportedFormats()).filter((each) => each in NATIVE);
    return formats.length ? new scope.BarcodeDetector({ formats }) : null;
  } catch {
    return null; // some phones have it in name only
  }
}

export class Reader {
  #zxing;
  #native;

  // `zxing(picture, options)` and `native.detect(bitmap)`; `native` may be null.
  constructor(zxing, native = null) {
    this.#zxing = zxing;
    this.#native = native;
  }

  // One picture of the camera's: [{text, format, x, y}], x and y its centre in fractions of the picture. `text` begins with
  // the symbology identifier (ISO/IEC 15424), as a scanner sends it that is set to tell it. `look` as in looks.js.
  async readFrame(picture, look = {}) {
    const seen = (await this.#detect(picture.bitmap))?.filter(isWhole);
    if (seen?.length && seen.every(isPlain)) return seen;
    // Where it sees nothing, zxing has a look now and then: it sees codes that the other one misses.
    if (seen?.length === 0 && !look.isThorough) return seen;
    return this.#look(picture, look);
  }

  // A photo that somebody took: nobody waits for the next frame, so everything is tried.
  async readPhoto(pictures) {
    for (const picture of pictures) {
      for (const look of PHOTO_LOOKS) {
        const found = await this.#look(picture, look, { tryDenoise: true });
        if (found.length) return found;
      }
    }
    return [];
  }

  async #detect(bitmap) {
    if (!this.#native || !bitmap) return null;
    try {
      const found = await this.#native.detect(bitmap);
      return found.map(({ rawValue, format, boundingBox: box }) => ({
        text: rawValue,
        format: NATIVE[format] ?? format,
        x: (box.x + box.width / 2) / bitmap.width,
        y: (box.y + box.height / 2) / bitmap.height,
      }));
    } catch {
      this.#native = null; // it may break at its first picture: "Barcode detection service unavailable"
      return null;
    }
  }

  async #look(picture, look, options = {}) {
    if ("cleared" in look) return this.#clearedRead(picture.pixels(look), look.cleared);
    return this.#zxingRead(picture.pixels(look), { binarizer: look.binarizer ?? "LocalAverage", ...options });
  }

  async #clearedRead(pixels, way) {
    for (const { pixels: clear, options, isLying } of cleared(pixels, way)) {
      const found = await this.#zxingRead(clear, options);
      if (found.length) return isLying ? found.map((each) => ({ ...each, x: each.y, y: each.x })) : found;
    }
    return [];
  }

  async #zxingRead(pixels, options) {
    const found = await this.#zxing(pixels, { ...OPTIONS, maxNumberOfSymbols: MOST_SYMBOLS, ...options });
    return found.filter(isWhole).map(({ text, symbologyIdentifier, format, position }) => ({
      text: symbologyIdentifier + text,
      format,
      ...centreOf(position, pixels),
    }));
  }
}

function isWhole({ text, format }) {
  if (format !== "ITF") return true;
  return ITF_14.test(text) && [...text].reduce((sum, digit, at) => sum + Number(digit) * (at % 2 ? 1 : 3), 0) % 10 === 0;
}

function isPlain({ text, format }) {
  return !(MAY_BE_GS1.includes(format) && LIKE_GS1.test(text));
}

function centreOf({ topLeft, topRight, bottomLeft, bottomRight }, { width, height }) {
  const corners = [topLeft, topRight, bottomLeft, bottomRight];
  return {
    x: corners.reduce((sum, { x }) => sum + x, 0) / 4 / width,
    y: corners.reduce((sum, { y }) => sum + y, 0) / 4 / height,
  };
}
