// What this phone wishes of one window, and what the screen says is seen there.
//
// How it works: an own wish is drawn at once and sent at a pace, the newest only. What the screen tells is the truth: what
// another hand did, or a scanner, or a command, is followed at once; the echo of own wishes is not, until some time after
// the last of them, when whatever is still different is put right.
import { ask, isLive } from "../../console/lib/live.js";
import { Store } from "../../console/lib/store.js";
import { between, isAlike, within } from "./geometry.js";

const PACE_MS = 34;
const MOST_UNANSWERED = 3;
const ANSWER_MS = 3000;
// A finger that rests has to be spoken of, or the screen lets it fade.
const POINT_AGAIN_MS = 600;
const QUIET_MS = 500;
const FOLLOW_MS = 200;

// What this page calls itself, to know its own doing among what it is told.
export const HAND = [...crypto.getRandomValues(new Uint8Array(8))].map((each) => each.toString(36)).join("");

export class Steerer {
  state = new Store(null);
  zoom = new Store(1);
  // The code of a refusal that will not change by itself.
  refusal = new Store(null);
  shown = null;
  pointer = null;
  // Called when something has to be drawn anew.
  changed = () => {};
  #screenId;
  #windowId;
  #wish = null;
  #sending = 0;
  #sentAt = -Infinity;
  #unanswered = 0;
  #steeredAt = -Infinity;
  #settling = 0;
  #following = 0;
  #pointing = 0;

  constructor(screenId, windowId) {
    this.#screenId = screenId;
    this.#windowId = windowId;
  }

  // Hear a `viewport` of the relay.
  heard(told) {
    const before = this.state.value;
    if (told.screenId.toLowerCase() !== this.#screenId.toLowerCase() || (before && told.version <= before.version)) return;
    this.state.set(told);
    if (!told.viewport) {
      this.#show(null);
    } else if (!this.shown || before?.sheet !== told.sheet) {
      // A part of the sheet before means nothing here; that a finger has left does.
      this.#wish = this.#wish?.pointer === null ? { pointer: null } : null;
      this.#show(told.viewport);
    } else if (this.#isSteering && (told.hand ?? HAND) === HAND) {
      this.#settle();
    } else {
      this.#follow(told.viewport);
    }
    this.changed();
  }

  // The relay or the screen was away: what was said before may not be so any more.
  forget() {
    this.state.set(null);
    this.#show(null);
    this.changed();
  }

  get canLook() {
    return Boolean(this.state.value?.can?.includes("viewport") && this.shown);
  }

  get canPoint() {
    return Boolean(this.state.value?.can?.includes("pointer"));
  }

  // Look at this part of the page from now on.
  look(viewport) {
    if (!this.canLook) return;
    cancelAnimationFrame(this.#following);
    this.#steeredAt = performance.now();
    this.#show(within(this.state.value, viewport));
    this.#send({ viewport: this.shown });
    this.#settle();
    this.changed();
  }

  // Point there; null takes the finger away.
  point(place) {
    if (place ? !this.canPoint : this.pointer === null) return;
    clearInterval(this.#pointing);
    this.pointer = place;
    const tell = () => this.canPoint && this.#send({ pointer: place });
    tell();
    if (place) this.#pointing = setInterval(tell, POINT_AGAIN_MS);
    this.changed();
  }

  close() {
    this.point(null);
    clearTimeout(this.#settling);
    cancelAnimationFrame(this.#following);
    this.changed = () => {};
  }

  get #isSteering() {
    return performance.now() - this.#steeredAt < QUIET_MS;
  }

  #show(viewport) {
    cancelAnimationFrame(this.#following);
    this.shown = viewport;
    this.zoom.set(viewport ? Math.round(viewport.zoom * 100) / 100 : 1);
  }

  // Go where somebody else has led the screen, so that the eye can follow.
  #follow(viewport) {
    const from = this.shown;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    cancelAnimationFrame(this.#following);
    if (still || isAlike(from, viewport)) {
      this.#show(viewport);
      return;
    }
    const began = performance.now();
    const step = (now) => {
      const share = Math.min(1, Math.max(0, (now - began) / FOLLOW_MS));
      this.#show(between(from, viewport, share));
      if (share < 1) this.#following = requestAnimationFrame(step);
      this.changed();
    };
    this.#following = requestAnimationFrame(step);
  }

  #settle() {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      const told = this.state.value?.viewport;
      if (told && this.shown && !this.#isSteering) this.#follow(told);
    }, QUIET_MS + 20);
  }

  #send(part = null) {
    if (part) this.#wish = { ...this.#wish, ...part };
    if (!this.#wish || this.#sending || this.#unanswered >= MOST_UNANSWERED) return;
    const wait = this.#sentAt + PACE_MS - performance.now();
    if (wait > 0) {
      this.#sending = setTimeout(() => {
        this.#sending = 0;
        this.#send();
      }, wait);
      return;
    }
    const wish = { screenId: this.#screenId, windowId: this.#windowId, hand: HAND, sheet: this.state.value?.sheet, ...this.#wish };
    this.#wish = null;
    if (!isLive.value) return;
    this.#sentAt = performance.now();
    this.#unanswered += 1;
    ask("steer", wish, ANSWER_MS)
      .then((answer) => this.#answered(answer), () => {})
      .finally(() => {
        this.#unanswered -= 1;
        this.#send();
      });
  }

  #answered(answer) {
    if (answer.success) return;
    if (answer.code === "RATE_LIMITED") this.#sentAt += answer.retryAfterMs ?? 1000;
    if (answer.code === "FORBIDDEN" || answer.code === "UNSUPPORTED") this.refusal.set(answer.code);
  }
}
