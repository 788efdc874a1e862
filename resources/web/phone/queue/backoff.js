// When to try again: sooner at first, then later and later, never all phones in the same moment.
const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

export class Backoff {
  #work;
  #timer = 0;
  #next = FIRST_MS;

  constructor(work) {
    this.#work = work;
  }

  // Try again after a while; not before `leastMs`, if somebody asked for that.
  later(leastMs = null) {
    clearTimeout(this.#timer);
    const jitter = 0.5 + Math.random();
    this.#timer = setTimeout(this.#work, Math.max(leastMs ?? 0, this.#next * jitter));
    this.#next = Math.min(LONGEST_MS, this.#next * 2);
  }

  // Something has changed for the better: try at once.
  now() {
    this.rest();
    this.#work();
  }

  rest() {
    clearTimeout(this.#timer);
    this.#next = FIRST_MS;
  }
}
