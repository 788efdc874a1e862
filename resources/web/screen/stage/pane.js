// One window of this screen: shows one document or page at a time, and keeps the old one until the new one is painted.
//
// A scene is what it shows: {content, look, changedFrom, isMarked} with either {paper, sheet} or {frame}. A content
// brings its bytes by `read(signal)`. A scene is put on the glass in one go when it has been drawn (or, for a web page,
// has loaded), so no frame between is empty.
import { say } from "../../console/lib/i18n.js";
import { CannotShow, goOn, within } from "./cannot_show.js";
import { FIRST_LOOK, follow, layOut, steered, step, turn, viewportOf } from "./fit.js";
import { checkFraming, load, makeFrame } from "./frame_page.js";
import { roomOf } from "./hosts.js";
import { openImage } from "./image_paper.js";
import { painted } from "./painted.js";
import { dropWorker, openPdf } from "./pdf_paper.js";
import { drawSheet, isSameLook, isSameRoom, letGo, place as lay } from "./sheets.js";

const PATIENCE_MS = 30_000;
const BAND_MS = 8000;
const AHEAD_PAUSE_MS = 150;
// A window that shows something lies over those that did so before.
let uppermost = 0;

export class Pane {
  #ahead = new Map();
  #background = null;
  #bandTimer = null;
  #glass;
  #curtain;
  #band;
  scene = null;
  host = null;
  place = "full";
  isBlank = false;
  pointer;
  caption;
  root;
  // Called when what is seen has changed, whatever caused it.
  changed = () => {};

  // `inquire(url, signal)` asks the relay whether a page lets itself be framed.
  constructor(windowId, inquire) {
    this.windowId = windowId;
    this.inquire = inquire;
    const part = (name, tag = "div") => Object.assign(document.createElement(tag), { className: name });
    this.root = part("pane empty", "section");
    this.root.dataset.window = windowId;
    this.#glass = part("glass");
    this.caption = part("caption", "footer");
    this.#curtain = part("curtain");
    this.#band = part("band");
    this.#band.setAttribute("role", "status");
    this.pointer = part("pointer");
    this.#curtain.hidden = this.#band.hidden = this.pointer.hidden = true;
    this.root.append(this.#glass, this.#band, this.pointer, this.caption, this.#curtain);
  }

  get page() {
    return this.scene?.paper ? this.scene.look.page : null;
  }

  get pages() {
    return this.scene?.paper?.pages ?? null;
  }

  // Show `content`; resolves after its first frame was painted. `changedFrom` is the revision shown of it before.
  async turnTo(content, wish, host, place, changedFrom, signal) {
    const started = performance.now();
    this.#rest();
    const isMarked = content === this.scene?.content ? this.scene.isMarked : Boolean(changedFrom);
    const loaded = await this.#load(content, wish, host, place, roomOf(host, place, isMarked), signal);
    const scene = { content, changedFrom, isMarked, ...loaded };
    return this.#present(scene, host, place, started, signal);
  }

  async view(wish, signal) {
    const started = performance.now();
    const { scene } = this;
    if (scene.frame) return this.#viewPage(wish, started, signal);
    if (wish.reload) return this.turnTo(scene.content, { ...lookAsWish(scene.look), ...wish, reload: false }, this.host, this.place, scene.changedFrom, signal);
    this.#rest();
    const room = this.#room();
    const look = await this.#follow(scene.paper, scene.look, wish, room);
    const sheet = await this.#sheet(scene.paper, look, room, signal);
    return this.#present({ ...scene, look, sheet }, this.host, this.place, started, signal);
  }

  async move(host, place, signal) {
    const started = performance.now();
    this.#rest();
    const { scene } = this;
    if (scene.frame && host !== this.host) throw new CannotShow("UNSUPPORTED", say("screen.why.web_stays"));
    const sheet = scene.paper ? await this.#sheet(scene.paper, scene.look, roomOf(host, place, scene.isMarked), signal) : undefined;
    return this.#present({ ...scene, sheet }, host, place, started, signal);
  }

  async blank(isOn, signal) {
    const started = performance.now();
    this.isBlank = isOn;
    this.#curtain.hidden = !isOn;
    await painted(this.host.view, signal);
    this.changed();
    return this.#seen(started, started);
  }

  close() {
    this.#rest();
    clearTimeout(this.#bandTimer);
    if (this.scene) this.#dispose(this.scene, null);
    this.scene = null;
    this.isBlank = false;
    this.#curtain.hidden = this.#band.hidden = this.pointer.hidden = true;
    this.root.remove();
    this.root.classList.add("empty");
    this.changed();
  }

  // The room has another size: draw anew for it; what is seen stays until then.
  async outgrown() {
    if (this.scene?.paper && !isSameRoom(this.scene.sheet.room, this.#room())) this.#redraw();
  }

  // Look at another part at once, as a phone steers; the sharp drawing follows.
  steer(wish) {
    const { scene } = this;
    if (!scene?.paper) return;
    const room = this.#room();
    const look = steered(scene.look, wish, scene.sheet.size, room);
    if (isSameLook(look, scene.look)) return;
    scene.look = look;
    foretaste(scene.sheet, look, room);
    this.#redraw();
    this.changed();
  }

  // What is seen, for steering: {viewport, pageAspect, roomAspect}.
  seen() {
    const { paper, sheet, look } = this.scene ?? {};
    if (!paper) return {};
    const room = this.#room();
    const turned = turn(sheet.size, look.rotate);
    return {
      viewport: viewportOf(look, sheet.size, room),
      pageAspect: turned.width / turned.height,
      roomAspect: room.width / room.height,
    };
  }

  // Where a point of the page (fractions) lies in the window, in pixels of CSS.
  spot({ x, y }) {
    const room = this.#room();
    if (!this.scene?.paper) return { left: (x * room.width) / room.scale, top: room.band + (y * room.height) / room.scale };
    const { whole, seen, at } = layOut(this.scene.look, this.scene.sheet.size, room);
    return { left: (at.x + x * whole.width - seen.x) / room.scale, top: room.band + (at.y + y * whole.height - seen.y) / room.scale };
  }

  get canvas() {
    return this.scene?.sheet?.canvas ?? null;
  }

  #room() {
    return roomOf(this.host, this.place, this.scene?.isMarked);
  }

  async #load(content, wish, host, place, room, signal) {
    if (content.kind === "web") return this.#loadPage(content, wish, host, place, signal);
    const bytes = await content.read(signal);
    const opening = content.kind === "pdf" ? openPdf(bytes, signal) : openImage(bytes, content.mediaType, signal);
    const paper = await this.#patiently(opening, signal);
    try {
      const first = { ...FIRST_LOOK, page: Math.min(wish.page ?? 1, paper.pages) };
      const look = await this.#follow(paper, first, { ...wish, page: null }, room);
      return { look, paper, sheet: await this.#sheet(paper, look, room, signal) };
    } catch (failure) {
      paper.close();
      throw failure;
    }
  }

  async #loadPage(content, wish, host, place, signal) {
    await within(checkFraming(content.url, this.inquire, signal), { signal });
    const frame = makeFrame(host.view);
    frame.classList.add("waiting");
    // A frame that is moved loads anew, so it waits where it will be seen.
    if (!this.scene) this.#seat(host, place, false);
    else if (host !== this.host) throw new CannotShow("UNSUPPORTED", say("screen.why.web_stays"));
    this.#glass.append(frame);
    try {
      await load(frame, content.url, signal);
    } catch (failure) {
      frame.remove();
      if (!this.scene) this.root.remove();
      throw failure;
    }
    const look = follow(FIRST_LOOK, { zoom: wish.zoom }, null);
    zoomFrame(frame, look);
    return { look, frame };
  }

  async #viewPage(wish, started, signal) {
    const { scene } = this;
    if (wish.page || wish.step || wish.rotate != null || wish.rotateBy || wish.scroll) {
      throw new CannotShow("UNSUPPORTED", say("screen.why.not_for_web"));
    }
    if (wish.reload) return this.turnTo(scene.content, { zoom: scene.look.zoom }, this.host, this.place, scene.changedFrom, signal);
    const now = scene.look.zoom ?? 1;
    const stepped = wish.zoomStep ? now * (wish.zoomStep === "in" ? Math.SQRT2 : Math.SQRT1_2) : null;
    scene.look = follow(scene.look, { ...wish, zoom: wish.zoom ?? (stepped && Math.min(8, Math.max(0.1, stepped))) }, null);
    zoomFrame(scene.frame, scene.look);
    await painted(this.host.view, signal);
    this.changed();
    return this.#seen(started, started);
  }

  async #follow(paper, look, wish, room) {
    const next = follow(look, wish, paper.pages);
    if (next.page > paper.pages) throw new CannotShow("VALIDATION_ERROR", say("screen.why.no_page", { page: next.page, pages: paper.pages }));
    if (!wish.zoomStep && !wish.scroll) return next;
    return step(next, wish, await paper.size(next.page), room);
  }

  async #sheet(paper, look, room, signal) {
    const drawn = this.#ahead.get(look.page);
    if (drawn && drawn.paper === paper && isSameRoom(drawn.room, room) && isSameLook(drawn.look, look)) {
      this.#ahead.delete(look.page);
      return drawn;
    }
    return this.#patiently(drawSheet(paper, look, room, signal), signal);
  }

  #patiently(work, signal) {
    const late = () => {
      dropWorker();
      return new CannotShow("DOCUMENT_UNREADABLE", say("screen.why.slow", { seconds: PATIENCE_MS / 1000 }));
    };
    return within(work, { signal, ms: PATIENCE_MS, late });
  }

  // Swap in one go, and wait for the frame; if none comes, what was seen before is put back.
  async #present(scene, host, place, started, signal) {
    const loadedMs = performance.now() - started;
    const before = { scene: this.scene, host: this.host, place: this.place, isBlank: this.isBlank };
    goOn(signal);
    this.#put(scene, host, place, false);
    try {
      await painted(host.view, signal);
    } catch (failure) {
      if (before.scene) this.#put(before.scene, before.host, before.place, before.isBlank);
      else {
        this.root.remove();
        this.root.classList.add("empty");
      }
      this.scene = before.scene;
      this.#dispose(scene, before.scene);
      throw failure;
    }
    if (before.scene) this.#dispose(before.scene, scene);
    if (scene.content !== before.scene?.content) this.#unmarkLater();
    this.changed();
    // The band may have gone while this was drawn.
    if (scene.paper && !isSameRoom(scene.sheet.room, this.#room())) this.#redraw();
    else this.#drawAhead();
    return this.#seen(started, started + loadedMs);
  }

  #put(scene, host, place, isBlank) {
    this.scene = scene;
    this.#seat(host, place, scene.isMarked);
    if (scene.isMarked) this.#band.textContent = say("screen.revision_changed", { before: scene.changedFrom, revision: scene.content.revision });
    this.root.style.zIndex = ++uppermost;
    this.root.classList.remove("empty");
    this.isBlank = isBlank;
    this.#curtain.hidden = !isBlank;
    this.pointer.hidden = true;
    const shown = scene.sheet?.canvas ?? scene.frame;
    if (scene.sheet) lay(scene.sheet);
    else shown.classList.remove("waiting");
    for (const each of [...this.#glass.children]) {
      if (each === shown) continue;
      if (each.tagName === "IFRAME") each.classList.add("waiting"); // taken away when it is disposed of
      else each.remove();
    }
    if (shown.parentNode !== this.#glass) this.#glass.append(shown);
  }

  #seat(host, place, isMarked) {
    this.host = host;
    this.place = place;
    this.root.dataset.place = place;
    const { caption, band } = roomOf(host, place, isMarked);
    this.root.style.setProperty("--caption", `${caption}px`);
    this.root.style.setProperty("--band", `${band}px`);
    this.#band.hidden = !isMarked;
    // By its order, not by its position among the others: a frame that is moved would load anew.
    if (this.root.parentNode !== host.root) host.root.append(this.root);
  }

  #dispose(scene, kept) {
    if (scene.sheet && scene.sheet !== kept?.sheet) letGo(scene.sheet);
    if (scene.frame && scene.frame !== kept?.frame) scene.frame.remove();
    if (scene.paper && scene.paper !== kept?.paper) {
      for (const [page, sheet] of this.#ahead) {
        if (sheet.paper !== scene.paper) continue;
        letGo(sheet);
        this.#ahead.delete(page);
      }
      scene.paper.close();
    }
  }

  // Draw once more, for the newest look and room, beside everything else; the newest wins.
  #redraw() {
    this.#background?.abort();
    const own = (this.#background = new AbortController());
    const { scene } = this;
    const look = scene.look;
    drawSheet(scene.paper, look, this.#room(), own.signal).then(
      (sheet) => {
        if (own.signal.aborted || this.scene !== scene) return letGo(sheet);
        const old = scene.sheet;
        scene.sheet = sheet;
        lay(sheet);
        this.#seat(this.host, this.place, scene.isMarked);
        this.#glass.append(sheet.canvas);
        letGo(old);
        this.changed();
        this.#drawAhead();
        return undefined;
      },
      () => own.signal.aborted || this.#seat(this.host, this.place, scene.isMarked),
    );
  }

  // Draw the neighbour pages while nothing else is to be done.
  #drawAhead() {
    this.#background?.abort();
    const own = (this.#background = new AbortController());
    const { scene } = this;
    if (!scene.paper || scene.paper.pages < 2) return;
    setTimeout(async () => {
      const room = this.#room();
      const wanted = ["next", "previous"].map((each) => follow(scene.look, { step: each }, scene.paper.pages));
      for (const [page, sheet] of this.#ahead) {
        if (wanted.some((look) => isSameLook(look, sheet.look)) && isSameRoom(sheet.room, room)) continue;
        letGo(sheet);
        this.#ahead.delete(page);
      }
      for (const look of wanted) {
        if (own.signal.aborted) return;
        if (look.page === scene.look.page || this.#ahead.has(look.page)) continue;
        try {
          const sheet = await drawSheet(scene.paper, look, room, own.signal);
          if (own.signal.aborted) return letGo(sheet);
          this.#ahead.set(look.page, sheet);
        } catch {
          return undefined; // it will be told when that page is asked for
        }
      }
      return undefined;
    }, AHEAD_PAUSE_MS);
  }

  #rest() {
    this.#background?.abort();
    this.#background = null;
  }

  // The band that says so has a room of its own above the document, and gives it back.
  #unmarkLater() {
    clearTimeout(this.#bandTimer);
    if (!this.scene.isMarked) return;
    this.#bandTimer = setTimeout(() => {
      this.scene.isMarked = false;
      if (this.scene.paper) this.#redraw();
      else this.#seat(this.host, this.place, false);
    }, BAND_MS);
  }

  #seen(started, loadedAt) {
    return { page: this.page, pages: this.pages, loadedMs: loadedAt - started, shownMs: performance.now() - started };
  }
}

function lookAsWish({ page, fit, zoom, rotate }) {
  return { page, rotate, ...(zoom === null ? { fit } : { zoom }) };
}

// Stretch the old drawing to where the new one will lie.
function foretaste({ canvas, placed, size, room: old }, look, room) {
  if (!isSameRoom(old, room)) return;
  const next = layOut(look, size, room);
  const factor = next.whole.width / placed.whole.width;
  canvas.style.left = `${(next.at.x + placed.seen.x * factor - next.seen.x) / room.scale}px`;
  canvas.style.top = `${(next.at.y + placed.seen.y * factor - next.seen.y) / room.scale}px`;
  canvas.style.transform = `scale(${factor})`;
}

function zoomFrame(frame, { zoom }) {
  const factor = zoom ?? 1;
  frame.style.width = frame.style.height = `${100 / factor}%`;
  frame.style.transform = factor === 1 ? "" : `scale(${factor})`;
}
