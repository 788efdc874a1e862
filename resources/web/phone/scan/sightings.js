// Which reading of a code is a scan: the first one. A code that stays in view is one scan, however often it is read, until
// it has been out of view for a while; a code that may be misread has to be read twice alike. Pure: it is told the time.

// A code was taken away when it was not read for so long, and in so many looks: a blurred picture, a slow phone or a pause is
// not it.
const AWAY_MS = 1500;
const AWAY_LOOKS = 6;
// What has no check digit, or a weak one, is believed when it was read twice within this time.
const AGREE_MS = 1000;
// (Of 1,500 blurred and noisy pictures, four single readings of EAN codes were wrong in spite of their check digit.)
const WEAK = ["Code39", "ITF", "EAN8", "EAN13", "UPCA", "UPCE"];

export class Sightings {
  // Of each code in view: when and in which look it was read last, and when it was taken for a scan (null: not yet).
  #seen = new Map();
  #looks = 0;
  #againAfterMs;

  // `againAfterMs`: a code that stays in view is a new scan after this time; 0: never.
  constructor({ againAfterMs = 0 } = {}) {
    this.#againAfterMs = againAfterMs;
  }

  // Hear that the camera's picture was looked at, whatever was found in it.
  look() {
    this.#looks += 1;
  }

  // Hear of a reading; true: it is a scan.
  isNew({ text, format }, at) {
    for (const [each, { readAt, look }] of this.#seen) {
      if (at - readAt >= AWAY_MS && this.#looks - look >= AWAY_LOOKS) this.#seen.delete(each);
    }
    const before = this.#seen.get(text);
    const seen = { readAt: at, look: this.#looks, scannedAt: before?.scannedAt ?? null };
    this.#seen.set(text, seen);
    if (seen.scannedAt === null) {
      if (WEAK.includes(format) && (!before || at - before.readAt > AGREE_MS)) return false;
    } else if (!this.#againAfterMs || at - seen.scannedAt < this.#againAfterMs) return false;
    seen.scannedAt = at;
    return true;
  }
}

// The same code from any reader within a second is one scan: two phones' cameras and fingers are not that quick.
export class Repeats {
  #text = null;
  #at = -Infinity;

  isRepeat(text, at) {
    const isSame = text === this.#text && at - this.#at < AGREE_MS;
    this.#text = text;
    this.#at = at;
    return isSame;
  }
}
