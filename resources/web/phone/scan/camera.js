// The phone's camera: opened, lost and found again, and always a plain word about why there is no picture.
//
// `phase` is one of: off, starting, live, insecure (no secure origin: browsers give no camera then), denied, none, busy
// (another app has it), failed. It is let go while the page is out of sight, and taken again when it is back.
import { Store } from "../../console/lib/store.js";
import { keep, kept } from "../kept.js";

const RETRY_MS = 3000;
const FOCUS_AGAIN_MS = 4000;
const LENS_KEY = "camera";
const NOTHING = { torch: false, zoom: null, focus: false, stays: false };
const REASONS = {
  NotAllowedError: "denied",
  PermissionDeniedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  DevicesNotFoundError: "none",
  NotReadableError: "busy",
  TrackStartError: "busy",
  AbortError: "busy",
};

export class Camera {
  state = new Store({ phase: "off", lenses: [], lens: null, can: NOTHING, torch: false, zoom: null });
  #video = null;
  #stream = null;
  #wanted = false;
  #attempt = 0;
  #retry = 0;
  #refocus = 0;
  #awake = null;
  #stops = [];

  // Show the picture in `video` from now on, while the page can be seen.
  begin(video) {
    this.#video = video;
    this.#wanted = true;
    const follow = () => (document.hidden ? this.#release("off") : this.#open());
    const lenses = () => this.#listLenses().then(() => this.state.value.phase === "none" && this.#open());
    document.addEventListener("visibilitychange", follow);
    window.addEventListener("pageshow", follow);
    navigator.mediaDevices?.addEventListener?.("devicechange", lenses);
    this.#stops = [
      () => document.removeEventListener("visibilitychange", follow),
      () => window.removeEventListener("pageshow", follow),
      () => navigator.mediaDevices?.removeEventListener?.("devicechange", lenses),
    ];
    this.#followPermission();
    follow();
  }

  end() {
    this.#wanted = false;
    for (const stop of this.#stops.splice(0)) stop();
    this.#release("off");
    this.#video = null;
  }

  // Try again now: a button for whoever has changed something.
  again() {
    return this.#open({ anew: true });
  }

  choose(deviceId) {
    keep(LENS_KEY, deviceId);
    return this.#open({ anew: true });
  }

  async setTorch(on) {
    if (await this.#apply({ torch: on })) this.#set({ torch: on });
  }

  async setZoom(zoom) {
    if (await this.#apply({ zoom })) this.#set({ zoom });
  }

  // Focus on a point, in fractions of the picture; after a while the camera sees to it itself again.
  async focusAt(x, y) {
    if (!this.state.value.can.focus) return false;
    clearTimeout(this.#refocus);
    const isDone = await this.#apply({ pointsOfInterest: [{ x, y }], focusMode: "single-shot" });
    this.#refocus = setTimeout(() => this.#apply({ focusMode: "continuous" }), FOCUS_AGAIN_MS);
    return isDone;
  }

  async #open({ anew = false } = {}) {
    clearTimeout(this.#retry);
    if (!this.#wanted || document.hidden) return;
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
      this.#set({ phase: "insecure" });
      return;
    }
    if (!anew && this.#track()?.readyState === "live" && this.state.value.phase === "live") {
      this.#video.play().catch(() => {}); // a tab that comes back may stand still
      return;
    }
    this.#release("starting");
    const attempt = ++this.#attempt;
    try {
      const stream = await this.#ask();
      if (attempt !== this.#attempt || !this.#wanted) {
        stop(stream);
        return;
      }
      await this.#take(stream);
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.#release(REASONS[error.name] ?? "failed");
      if (this.state.value.phase === "busy") this.#retry = setTimeout(() => this.#open(), RETRY_MS);
    }
  }

  async #ask() {
    const size = { width: { ideal: 1920 }, height: { ideal: 1080 } };
    const lens = kept(LENS_KEY);
    if (lens) {
      try {
        return await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...size, deviceId: { exact: lens } } });
      } catch (error) {
        if (!["OverconstrainedError", "NotFoundError"].includes(error.name)) throw error;
        keep(LENS_KEY, null); // that lens is gone
      }
    }
    return navigator.mediaDevices.getUserMedia({ audio: false, video: { ...size, facingMode: { ideal: "environment" } } });
  }

  async #take(stream) {
    this.#stream = stream;
    const track = this.#track();
    track.addEventListener("ended", () => this.#lost(track));
    this.#video.srcObject = stream;
    await this.#video.play().catch(() => {}); // a gesture may be needed; the first tap plays it
    const can = abilities(track);
    this.#set({
      phase: "live",
      can,
      lens: track.getSettings?.().deviceId ?? null,
      torch: false,
      zoom: can.zoom ? (track.getSettings().zoom ?? can.zoom.min) : null,
    });
    if (can.stays) this.#apply({ focusMode: "continuous" });
    this.#stayAwake();
    await this.#listLenses();
  }

  // A phone that goes dark in the hand scans nothing.
  async #stayAwake() {
    try {
      const lock = await navigator.wakeLock.request("screen");
      if (this.state.value.phase === "live") this.#awake = lock;
      else lock.release();
    } catch {
      // Low on battery, or a browser that cannot: it goes dark then.
    }
  }

  // The camera was pulled out, or another app took it.
  #lost(track) {
    if (track !== this.#track()) return;
    this.#release("busy");
    this.#retry = setTimeout(() => this.#open(), RETRY_MS / 6);
  }

  #release(phase) {
    clearTimeout(this.#retry);
    clearTimeout(this.#refocus);
    this.#attempt += 1;
    stop(this.#stream);
    this.#stream = null;
    this.#awake?.release().catch(() => {});
    this.#awake = null;
    if (this.#video) this.#video.srcObject = null;
    this.#set({ phase, can: NOTHING, torch: false, zoom: null });
  }

  async #listLenses() {
    try {
      const devices = await navigator.mediaDevices.enumerateDevices();
      const lenses = devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId);
      this.#set({ lenses: lenses.map(({ deviceId, label }) => ({ deviceId, label })) });
    } catch {
      // The camera works without a list of its sisters.
    }
  }

  async #followPermission() {
    try {
      const permission = await navigator.permissions.query({ name: "camera" });
      const changed = () => permission.state !== "denied" && this.state.value.phase === "denied" && this.#open();
      permission.addEventListener("change", changed);
      if (this.#wanted) this.#stops.push(() => permission.removeEventListener("change", changed));
      else permission.removeEventListener("change", changed);
    } catch {
      // Not every browser lets it be asked; the button tries again.
    }
  }

  #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  async #apply(constraint) {
    try {
      await this.#track()?.applyConstraints({ advanced: [constraint] });
      return true;
    } catch {
      return false; // phones promise what they cannot do now
    }
  }

  #set(change) {
    this.state.set({ ...this.state.value, ...change });
  }
}

function abilities(track) {
  const found = track.getCapabilities?.() ?? {};
  const focus = found.focusMode ?? [];
  const zoom = found.zoom && found.zoom.max > found.zoom.min ? found.zoom : null;
  const isFocusable = "pointsOfInterest" in navigator.mediaDevices.getSupportedConstraints();
  return {
    torch: Boolean(found.torch),
    zoom: zoom && { min: zoom.min, max: zoom.max, step: zoom.step || 0.1 },
    focus: isFocusable && focus.includes("single-shot"),
    stays: focus.includes("continuous"),
  };
}

function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
