// Looks at the camera's picture, one frame at a time: what lies under the aiming frame first, in turns the whole picture.
import { lookAfter, lookOf } from "./looks.js";
import { readVideo } from "./reading.js";
import { regionUnder } from "./region.js";

const LONGEST = 1280;
// Not more than twelve looks a second: a phone that does nothing else gets hot.
const PACE_MS = 80;
const REST_MS = 15;

export class Looking {
  #video;
  #frameOf;
  #onFound;
  #onLook;
  #isOn = false;
  #turn = 0;
  #next = null;
  #round = 0;

  // `frameOf()` is the aiming frame in fractions of the video's box; `onFound(code, at)` hears every reading, `onLook()` of
  // every look before that.
  constructor(video, frameOf, onFound, onLook = () => {}) {
    this.#video = video;
    this.#frameOf = frameOf;
    this.#onFound = onFound;
    this.#onLook = onLook;
  }

  start() {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#run(++this.#round);
  }

  stop() {
    this.#isOn = false;
  }

  async #run(round) {
    while (this.#isOn && round === this.#round) {
      await nextFrame(this.#video);
      if (!this.#isOn || !this.#video.videoWidth) {
        await rest(PACE_MS);
        continue;
      }
      const began = performance.now();
      try {
        await this.#look();
      } catch {
        await rest(PACE_MS * 6); // the picture or the reader is just changing
      }
      const took = performance.now() - began;
      await rest(Math.max(REST_MS, took / 4, PACE_MS - took));
    }
  }

  async #look() {
    const video = this.#video;
    const picture = { width: video.videoWidth, height: video.videoHeight };
    const look = this.#next ?? lookOf(this.#turn++);
    this.#next = null;
    const isWhole = look.part === "whole";
    const region = isWhole
      ? { x: 0, y: 0, ...picture }
      : regionUnder(this.#frameOf(), { width: video.clientWidth, height: video.clientHeight }, picture);
    const { found } = await readVideo(video, region, LONGEST, look);
    if (!this.#isOn) return;
    this.#onLook();
    this.#next = lookAfter(look, found.length > 0);
    const code = isWhole ? onlyOne(found) : nearest(found);
    if (code) this.#onFound(code, performance.now());
  }
}

// Outside the frame nobody knows which of several codes is meant.
export function onlyOne(found) {
  return new Set(found.map(({ text }) => text)).size === 1 ? found[0] : null;
}

// Of several codes in the frame the one in its middle is meant.
export function nearest(found) {
  const distance = ({ x, y }) => Math.hypot(x - 0.5, y - 0.5);
  return found.reduce((best, each) => (!best || distance(each) < distance(best) ? each : best), null);
}

function nextFrame(video) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 500); // no frame comes while the camera is away
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(done);
    else requestAnimationFrame(done);
  });
}

function rest(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
