// Why something is not shown: a code of the contract, and a sentence for a person.
export class CannotShow extends Error {
  constructor(code, why) {
    super(why);
    this.name = "CannotShow";
    this.code = code;
  }
}

// Raises what `signal` was ended with, if it was.
export function goOn(signal) {
  if (signal?.aborted) throw signal.reason ?? new DOMException("ended", "AbortError");
}

// What `work` resolves with, unless the signal ends it first or it takes too long.
export function within(work, { signal, ms, late }) {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason ?? new DOMException("ended", "AbortError"));
    const timer = ms ? setTimeout(() => reject(late()), ms) : null;
    const settle = (how) => (value) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      how(value);
    };
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop);
    work.then(settle(resolve), settle(reject));
  });
}
