// Each delivery is acted on once: remembers ids, what was applied, and outcomes, over reloads and power cuts.
//
// What must always hold: a delivery is on the disk before `take` resolves, and only then is it acknowledged. A known id
// is never new again while it is remembered (72 hours, and the newest 2,000 whatever the clock says, unless 20,000 newer
// ones came). A command for a window that is older than what that window was already told to show is late: it ends
// SUPERSEDED and is not performed.
// The counters belong to one screen of one journal (`epoch`); a connection of an older `gen` than the newest is fenced.
import { asked } from "../storage.js";

const KEEP_MS = 72 * 3_600_000;
const KEEP_LEAST = 2000;
const KEEP_MOST = 20_000;
const PURGE_EVERY = 500;
const NOTE = "inbox";
const APPLIES = new Set(["navigate", "close", "undo"]);
// What a newer navigate, close or undo of the same window makes pointless.
const FOR_WINDOW = new Set(["navigate", "close", "undo", "view", "move", "blank"]);

export class Inbox {
  #storage;
  #now;
  #taken = 0;
  #book = { epoch: null, gen: 0, screen: null, appliedSeq: 0, applied: {} };
  #queue = Promise.resolve();

  constructor(storage, now) {
    this.#storage = storage;
    this.#now = now;
  }

  static async open(storage, now) {
    const inbox = new Inbox(storage, now);
    inbox.#book = (await storage.note(NOTE)) ?? inbox.#book;
    await inbox.#purge();
    return inbox;
  }

  get epoch() {
    return this.#book.epoch;
  }

  get appliedSeq() {
    return this.#book.appliedSeq;
  }

  appliedIn(windowId) {
    return this.#book.applied[windowId] ?? 0;
  }

  // Hear the relay's greeting: "first", "same", "other" (another journal or screen than before) or "fenced".
  begin(hello, screenId) {
    return this.#inTurn(async () => {
      const book = this.#book;
      const screen = screenId.toLowerCase();
      if (book.epoch === hello.epoch && (book.screen ?? screen) === screen) {
        if (hello.gen < book.gen) return "fenced";
        if (hello.gen !== book.gen || book.screen !== screen) await this.#write({ ...book, gen: hello.gen, screen });
        return "same";
      }
      const beginning = book.epoch === null ? "first" : "other";
      await this.#write({ epoch: hello.epoch, gen: hello.gen, screen, appliedSeq: 0, applied: {} });
      return beginning;
    });
  }

  // Write the delivery down; `late` is its outcome in case it comes too late. Answers {kind: "new"|"known"|"late",
  // outcome?}; raises StorageBroken, and then nothing was taken.
  take(verb, command, late) {
    return this.#inTurn(async () => {
      const book = this.#book;
      const id = command.id.toLowerCase();
      const isLate = FOR_WINDOW.has(verb) && command.seq <= this.appliedIn(command.windowId);
      const next = { ...book, appliedSeq: Math.max(book.appliedSeq, command.seq) };
      if (APPLIES.has(verb) && !isLate) next.applied = { ...book.applied, [command.windowId]: command.seq };
      const known = await this.#storage.run(["delivery", "note"], "readwrite", async (on) => {
        const there = await asked(on.objectStore("delivery").get(id));
        if (there) return there;
        const outcome = isLate ? late : null;
        const row = { id, seq: command.seq, verb, command: isLate ? null : command, takenAt: this.#now() };
        on.objectStore("delivery").put({ ...row, outcome, reported: 0, resumed: 0 });
        on.objectStore("note").put(next, NOTE);
        return null;
      });
      if (known) return { kind: "known", outcome: known.outcome };
      this.#book = next;
      this.#taken += 1;
      if (this.#taken % PURGE_EVERY === 0) await this.#purge();
      return isLate ? { kind: "late", outcome: late } : { kind: "new", outcome: null };
    });
  }

  // Keep how a delivery ended. The first outcome stays.
  settle(outcome) {
    return this.#change(outcome.id, (row) => (row.outcome ? row : { ...row, outcome, command: null }), {
      seq: 0,
      verb: "",
    });
  }

  // Note that the relay has the outcome.
  reported(id) {
    return this.#change(id, (row) => ({ ...row, reported: 1 }));
  }

  // Write down that a delivery that was cut off is performed again; answers how often that has been.
  async resumed(id) {
    return (await this.#change(id, (row) => ({ ...row, resumed: row.resumed + 1 })))?.resumed ?? 0;
  }

  // What is known of a delivery ({outcome}); null for one that was never taken.
  lookUp(id) {
    return this.#storage.run("delivery", "readonly", async (on) => {
      const row = await asked(on.objectStore("delivery").get(id.toLowerCase()));
      return row ? { outcome: row.outcome } : null;
    });
  }

  async unreported() {
    return (await this.#open()).filter(({ outcome }) => outcome).map(({ outcome }) => outcome);
  }

  // The deliveries that were taken and have no outcome: [{verb, command}] in the order of their seq.
  async unfinished() {
    const rows = (await this.#open()).filter(({ outcome, command }) => !outcome && command);
    return rows.sort((one, other) => one.seq - other.seq).map(({ verb, command }) => ({ verb, command }));
  }

  async #open() {
    const rows = await this.#storage.run("delivery", "readonly", (on) =>
      asked(on.objectStore("delivery").index("reported").getAll(0)),
    );
    return rows.sort((one, other) => one.takenAt - other.takenAt || one.seq - other.seq);
  }

  #change(id, change, otherwise = null) {
    const key = id.toLowerCase();
    return this.#storage.run("delivery", "readwrite", async (on) => {
      const store = on.objectStore("delivery");
      const blank = otherwise && { ...otherwise, id: key, command: null, takenAt: this.#now(), outcome: null, reported: 0, resumed: 0 };
      const row = (await asked(store.get(key))) ?? blank;
      if (!row) return null;
      const changed = change(row);
      await asked(store.put(changed));
      return changed;
    });
  }

  async #write(book) {
    await this.#storage.keepNote(NOTE, book);
    this.#book = book;
  }

  async #purge() {
    await this.#storage.run("delivery", "readwrite", async (on) => {
      const store = on.objectStore("delivery");
      const surplus = (await asked(store.count())) - KEEP_LEAST;
      if (surplus <= 0) return;
      const old = IDBKeyRange.upperBound(this.#now() - KEEP_MS);
      const gone = await asked(store.index("takenAt").getAllKeys(old, surplus));
      const tooMany = surplus + KEEP_LEAST - KEEP_MOST;
      if (tooMany > gone.length) gone.push(...(await asked(store.index("takenAt").getAllKeys(null, tooMany))));
      for (const key of new Set(gone)) store.delete(key);
    });
  }

  // One after the other: the book in memory and the one on the disk are never two different ones.
  #inTurn(work) {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => {});
    return turn;
  }
}
