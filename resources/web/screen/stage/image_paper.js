// Pictures: decoded by the browser, drawn as a page of their own size.
import { say } from "../../console/lib/i18n.js";
import { CannotShow, goOn } from "./cannot_show.js";

const TYPES = new Set(["image/png", "image/jpeg", "image/webp", "image/svg+xml"]);
const MOST_PIXELS = 200e6;
// What an SVG without a size of its own is taken for.
const PLAIN = { width: 1000, height: 1000 };

export async function openImage(bytes, mediaType, signal) {
  if (!TYPES.has(mediaType)) throw new CannotShow("DOCUMENT_UNREADABLE", say("screen.why.format"));
  const address = URL.createObjectURL(new Blob([bytes], { type: mediaType }));
  const image = new Image();
  image.src = address;
  try {
    await image.decode();
    goOn(signal);
    const size = image.naturalWidth ? { width: image.naturalWidth, height: image.naturalHeight } : PLAIN;
    if (size.width * size.height > MOST_PIXELS) throw new CannotShow("DOCUMENT_TOO_LARGE", say("screen.why.too_large"));
    return new ImagePaper(image, address, size);
  } catch (failure) {
    URL.revokeObjectURL(address);
    goOn(signal);
    if (failure instanceof CannotShow) throw failure;
    throw new CannotShow("DOCUMENT_UNREADABLE", say("screen.why.damaged"));
  }
}

class ImagePaper {
  pages = 1;
  #image;
  #address;
  #size;

  constructor(image, address, size) {
    this.#image = image;
    this.#address = address;
    this.#size = size;
  }

  async size() {
    return this.#size;
  }

  async draw(canvas, { rotate }, { whole, seen }) {
    const pen = canvas.getContext("2d", { alpha: false });
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "high";
    pen.translate(-seen.x + whole.width / 2, -seen.y + whole.height / 2);
    pen.rotate((rotate * Math.PI) / 180);
    const [width, height] = rotate % 180 ? [whole.height, whole.width] : [whole.width, whole.height];
    pen.drawImage(this.#image, -width / 2, -height / 2, width, height);
    pen.setTransform(1, 0, 0, 1, 0, 0);
  }

  close() {
    URL.revokeObjectURL(this.#address);
    // Chromium keeps an image for ever whose `src` is taken away (seen in 156 with every SVG); one that is let go, goes.
    this.#image = null;
  }
}
