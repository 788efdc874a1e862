// The commands of one window run one after another, and the newest content wins over what is still under way.
//
// A newer command that brings or removes content ends the ones before it, which then fail with SUPERSEDED; what only
// changes the view waits for its turn instead.
import { say } from "../../console/lib/i18n.js";
import { CannotShow } from "./cannot_show.js";

export class Lane {
  #turns = new Set();
  #last = Promise.resolve();

  get isFree() {
    return this.#turns.size === 0;
  }

  // Do `work(signal)` when the commands before it have ended; `supersedes` ends them now.
  async run(work, { supersedes = false } = {}) {
    if (supersedes) this.clear();
    const turn = new AbortController();
    this.#turns.add(turn);
    const before = this.#last;
    const doing = before.then(() => {
      if (turn.signal.aborted) throw turn.signal.reason;
      return work(turn.signal);
    });
    this.#last = doing.catch(() => {});
    try {
      return await doing;
    } finally {
      this.#turns.delete(turn);
    }
  }

  clear() {
    for (const turn of this.#turns) {
      const why = new CannotShow("SUPERSEDED", say("screen.why.superseded"));
      // Chromium before 98 and Safari before 15.4 do not keep the reason themselves.
      if (!("reason" in turn.signal)) Object.defineProperty(turn.signal, "reason", { value: why });
      turn.abort(why);
    }
  }
}
