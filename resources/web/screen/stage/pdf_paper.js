// PDFs: opened and drawn by pdf.js, whose worker reads the file beside this page's own thread.
import { say } from "../../console/lib/i18n.js";
import { CannotShow, goOn } from "./cannot_show.js";

const FOLDER = "/web/vendor/pdfjs/";
const DPI = 96 / 72;
// A picture within a PDF that would take more than this is left out (bytes of one canvas, and pixels of one picture).
const MOST_CANVAS_BYTES = 256 * 2 ** 20;
const MOST_IMAGE_PIXELS = 100e6;
// The worker is made anew after so many documents: whatever it keeps from them goes with it.
const DOCUMENTS_OF_WORKER = 200;

let library = null;
let worker = null;
let opened = 0;

export async function openPdf(bytes, signal) {
  library ??= import("../../vendor/pdfjs/pdf.mjs").then((pdfjs) => {
    pdfjs.GlobalWorkerOptions.workerSrc = `${FOLDER}pdf.worker.mjs`;
    return pdfjs;
  });
  let pdfjs;
  try {
    pdfjs = await library;
  } catch {
    library = null;
    throw new CannotShow("UNSUPPORTED", say("screen.why.no_pdf"));
  }
  goOn(signal);
  const loading = pdfjs.getDocument({
    data: bytes,
    worker: workerOf(pdfjs),
    cMapUrl: `${FOLDER}cmaps/`,
    cMapPacked: true,
    standardFontDataUrl: `${FOLDER}standard_fonts/`,
    wasmUrl: `${FOLDER}wasm/`,
    iccUrl: `${FOLDER}iccs/`,
    isEvalSupported: false,
    enableXfa: false,
    maxImageSize: MOST_IMAGE_PIXELS,
    canvasMaxAreaInBytes: MOST_CANVAS_BYTES,
    verbosity: 0,
  });
  const stop = () => loading.destroy();
  signal?.addEventListener("abort", stop);
  try {
    const document = await loading.promise;
    goOn(signal);
    if (document.numPages < 1) throw new CannotShow("DOCUMENT_UNREADABLE", say("screen.why.no_pages"));
    return new PdfPaper(loading, document);
  } catch (failure) {
    loading.destroy();
    goOn(signal);
    if (failure instanceof CannotShow) throw failure;
    const isLocked = failure?.name === "PasswordException";
    throw new CannotShow("DOCUMENT_UNREADABLE", say(isLocked ? "screen.why.locked" : "screen.why.damaged"));
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

// A worker that hangs on a document would hold up every other one.
export function dropWorker() {
  worker?.destroy();
  worker = null;
}

function workerOf(pdfjs) {
  if (opened >= DOCUMENTS_OF_WORKER && users === 0) dropWorker();
  if (worker === null || worker.destroyed) {
    opened = 0;
    worker = new pdfjs.PDFWorker({ name: "benchcast" });
  }
  opened += 1;
  return worker;
}

let users = 0;

class PdfPaper {
  #loading;
  #document;
  #isClosed = false;

  constructor(loading, document) {
    this.#loading = loading;
    this.#document = document;
    users += 1;
  }

  get pages() {
    return this.#document.numPages;
  }

  // The size of a page in pixels of 96 dpi, before it is turned.
  async size(number) {
    const { width, height } = (await this.#page(number)).getViewport({ scale: DPI });
    return { width, height };
  }

  // Draw the part of a page that is seen; ends with the signal.
  async draw(canvas, { page: number, rotate }, { whole, seen }, signal) {
    const page = await this.#page(number);
    goOn(signal);
    const rotation = (page.rotate + rotate) % 360;
    const plain = page.getViewport({ scale: 1, rotation });
    const scale = whole.width / plain.width;
    const viewport = page.getViewport({ scale, rotation, offsetX: -seen.x, offsetY: -seen.y });
    const task = page.render({ canvas: null, canvasContext: canvas.getContext("2d", { alpha: false }), viewport });
    const stop = () => task.cancel();
    signal?.addEventListener("abort", stop);
    try {
      await task.promise;
    } catch (failure) {
      goOn(signal);
      throw new CannotShow("DOCUMENT_UNREADABLE", say("screen.why.page", { page: number }), { cause: failure });
    } finally {
      signal?.removeEventListener("abort", stop);
      page.cleanup();
    }
  }

  async close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    users -= 1;
    await this.#loading.destroy().catch(() => {});
  }

  async #page(number) {
    try {
      return await this.#document.getPage(number);
    } catch {
      throw new CannotShow("DOCUMENT_UNREADABLE", say("screen.why.page", { page: number }));
    }
  }
}
