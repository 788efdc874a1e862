// How long to wait before the next attempt: short at first, never longer than two seconds, never in step with others.
const FIRST_MS = 100;
const FACTOR = 1.6;
const LONGEST_MS = 2000;

export class Backoff {
  #limit = FIRST_MS;

  next() {
    const limit = this.#limit;
    this.#limit = Math.min(limit * FACTOR, LONGEST_MS);
    return Math.random() * limit;
  }

  reset() {
    this.#limit = FIRST_MS;
  }
}
