// The displays of this screen: this page, and a window on the second monitor where the browser knows of one.
//
// A page may open a window on another monitor only while somebody touches it (Window Management API), so the second
// display is offered by a button, and is there for as long as that window is.
import { say } from "../../console/lib/i18n.js";
import { CannotShow } from "./cannot_show.js";

const MAIN = "browser";
const PERIOD_MS = 1000;

export class Hosts {
  #hosts;
  #changed;
  #left;

  // `changed()` is called when a display came, went or has another size; `left(host)` before one is gone.
  constructor(root, { changed, left }) {
    this.#changed = changed;
    this.#left = left;
    this.#hosts = [{ displayId: MAIN, index: 0, name: "", view: window, root }];
    this.#follow(this.#hosts[0]);
  }

  get all() {
    return this.#hosts;
  }

  // Where content goes that names no display: the second one, which somebody opened for that, else this page.
  get first() {
    return this.#hosts.at(-1);
  }

  // Raises DISPLAY_NOT_AVAILABLE.
  find(displayId, displayIndex) {
    const found = this.#hosts.find((host) => (displayId != null ? host.displayId === displayId : host.index === displayIndex));
    if (found) return found;
    const why = displayId != null ? say("screen.why.no_display", { display: displayId }) : say("screen.why.no_display_number", { number: displayIndex + 1 });
    throw new CannotShow("DISPLAY_NOT_AVAILABLE", why);
  }

  // What the relay is told of them.
  infos() {
    return this.#hosts.map(({ displayId, index, view, name }) => ({
      displayId,
      index,
      name: name || say("screen.display.this"),
      width: Math.round(view.innerWidth * view.devicePixelRatio),
      height: Math.round(view.innerHeight * view.devicePixelRatio),
      scale: view.devicePixelRatio,
      primary: index === 0,
    }));
  }

  get canOpenSecond() {
    return "getScreenDetails" in window && this.#hosts.length === 1;
  }

  // Open a window on another monitor; only within a user's gesture. Raises CannotShow where there is none.
  async openSecond() {
    let details;
    try {
      details = await window.getScreenDetails();
    } catch {
      throw new CannotShow("DISPLAY_PERMISSION_DENIED", say("screen.second.denied"));
    }
    const other = details.screens.find((each) => each !== details.currentScreen);
    if (!other) throw new CannotShow("DISPLAY_NOT_AVAILABLE", say("screen.second.none"));
    const { availLeft, availTop, availWidth, availHeight } = other;
    const place = `popup,left=${availLeft},top=${availTop},width=${availWidth},height=${availHeight}`;
    const view = window.open("/web/screen/second.html", "benchcast-second", place);
    if (!view) throw new CannotShow("DISPLAY_PERMISSION_DENIED", say("screen.second.blocked"));
    await new Promise((resolve) => view.addEventListener("load", resolve, { once: true }));
    const name = other.label || say("screen.display.second");
    const host = { displayId: `browser:${name}`.slice(0, 200), index: 1, name, view, root: view.document.getElementById("stage") };
    view.document.documentElement.requestFullscreen?.({ screen: other }).catch(() => {});
    this.#hosts = [this.#hosts[0], host];
    this.#follow(host);
    this.#changed();
    view.addEventListener("pagehide", () => this.#drop(host));
    const watch = view.opener.setInterval(() => {
      if (!view.closed) return;
      clearInterval(watch);
      this.#drop(host);
    }, PERIOD_MS);
    return host;
  }

  #drop(host) {
    if (!this.#hosts.includes(host)) return;
    this.#left(host);
    this.#hosts = this.#hosts.filter((each) => each !== host);
    this.#changed();
  }

  #follow(host) {
    let timer = null;
    host.view.addEventListener("resize", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.#changed(), 150);
    });
  }
}

// What is said in a band above a document is read from afar.
const BAND_SHARE = 1.75;

// The room that documents have in a part of a display: {width, height, scale} in device pixels, and the heights of the
// caption and, where the document is marked, of the band above it in pixels of CSS.
export function roomOf({ view, root }, place, isMarked = false) {
  const half = (length, isHalved) => (isHalved ? Math.floor(length / 2) : length);
  const width = half(root.clientWidth, place === "left" || place === "right");
  const height = half(root.clientHeight, place === "top" || place === "bottom");
  const caption = captionHeight(height);
  const band = isMarked ? Math.round(caption * BAND_SHARE) : 0;
  const scale = view.devicePixelRatio || 1;
  const pixels = (length) => Math.max(1, Math.round(length * scale));
  return { width: pixels(width), height: pixels(height - caption - band), scale, caption, band };
}

// Readable from where the page is readable, and no more.
export function captionHeight(height) {
  return Math.min(44, Math.max(22, Math.round(height * 0.03)));
}
