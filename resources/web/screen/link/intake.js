// Takes each command from the line once, has it performed, and keeps its outcome until the relay has it.
//
// What must always hold: no `received: true` before the command is on the disk, and no outcome told before the inbox has
// it. What was received and has no outcome is performed again after a reload, as soon as the relay has said what time it
// is, unless something newer for the same window came in.
import { say } from "../../console/lib/i18n.js";
import { StorageBroken } from "../storage.js";

export const VERBS = ["navigate", "close", "undo", "view", "move", "identify", "blank", "notify", "screenshot"];
// A command that was cut off by the end of the page so often is what ends it: a screen must not go round for ever.
const RESUMPTIONS = 3;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

export class Intake {
  #inbox;
  #perform;
  #screenId;
  #underWay = new Set();
  #unkept = new Map();
  #isResumed = false;
  // Outcomes that the relay does not have, by id; `owes()` is called when one was added.
  due = new Map();
  owes = () => {};

  // `perform(verb, command)` resolves with the command's outcome and never rejects.
  constructor({ inbox, perform, screenId }) {
    this.#inbox = inbox;
    this.#perform = perform;
    this.#screenId = screenId;
  }

  async load() {
    for (const outcome of await this.#inbox.unreported()) this.#owe(outcome);
  }

  async greeted(hello) {
    const beginning = await this.#inbox.begin(hello, this.#screenId());
    if (beginning === "other") {
      // Nothing of another journal, or of another screen, is put over what this one will ask for.
      for (const { command } of await this.#cutOff()) await this.#end(command.id, superseded(command.id));
    }
    if (beginning !== "fenced" && !this.#isResumed) {
      this.#isResumed = true;
      await this.#resume();
    }
    return beginning;
  }

  async #resume() {
    const cutOff = await this.#cutOff();
    const newest = new Map();
    cutOff.forEach(({ verb, command }, place) => {
      if (["navigate", "close", "undo"].includes(verb)) newest.set(command.windowId, place);
    });
    for (const [place, { verb, command }] of cutOff.entries()) {
      if (place < (newest.get(command.windowId) ?? -1) || this.#isOutdated(command)) {
        await this.#end(command.id, superseded(command.id));
      } else if ((await this.#inbox.resumed(command.id)) > RESUMPTIONS) {
        const error = say("screen.why.cut_off");
        await this.#end(command.id, { id: command.id, state: "failed", code: "INTERNAL_ERROR", error });
      } else {
        this.#begin(verb, command, performance.now());
      }
    }
  }

  async #cutOff() {
    return (await this.#inbox.unfinished()).filter(({ command }) => !this.#underWay.has(command.id.toLowerCase()));
  }

  // Take a command; answers its acknowledgement.
  async take(verb, command) {
    const arrived = performance.now();
    const field = misfit(command);
    if (field) return refused(command?.id, "VALIDATION_ERROR", say("screen.why.malformed", { field }));
    if (!VERBS.includes(verb)) return refused(command.id, "UNSUPPORTED", say("screen.why.unsupported", { what: verb.slice(0, 40) }));
    if (command.screenId.toLowerCase() !== this.#screenId().toLowerCase()) {
      return refused(command.id, "FORBIDDEN", say("screen.why.other_screen"));
    }
    const whole = { windowId: "main", ...command };
    const id = whole.id.toLowerCase();
    try {
      const taken = await this.#inbox.take(verb, whole, superseded(whole.id));
      const outcome = taken.outcome ?? this.#unkept.get(id) ?? null;
      if (outcome) this.#owe(outcome);
      else if (!this.#underWay.has(id)) {
        if (taken.kind === "known" && this.#isOutdated(whole)) await this.#end(whole.id, superseded(whole.id));
        else this.#begin(verb, whole, arrived);
      }
    } catch (failure) {
      if (!(failure instanceof StorageBroken)) throw failure;
      const reason = say(failure.isFull ? "screen.why.memory_full" : "screen.why.memory_broken");
      return refused(whole.id, "SCREEN_UNHEALTHY", reason);
    }
    return { received: true, id: whole.id };
  }

  // Answer `status?`: the outcome, `received` while it is being performed, `unknown` for what never came.
  async status(question) {
    const id = String(question?.id ?? "").slice(0, 64);
    const key = id.toLowerCase();
    const told = this.due.get(key) ?? this.#unkept.get(key) ?? (await this.#inbox.lookUp(key))?.outcome;
    if (told) return told;
    return { id, state: this.#underWay.has(key) ? "received" : "unknown" };
  }

  // Hear that the relay has this outcome.
  async reported(outcome) {
    const key = outcome.id.toLowerCase();
    if (this.due.get(key) === outcome) this.due.delete(key);
    if (this.#unkept.delete(key)) await this.#inbox.settle(outcome);
    await this.#inbox.reported(outcome.id);
  }

  #isOutdated(command) {
    return command.seq < this.#inbox.appliedIn(command.windowId);
  }

  async #end(id, outcome) {
    await this.#inbox.settle(outcome);
    this.#owe(outcome);
  }

  #begin(verb, command, arrived) {
    const key = command.id.toLowerCase();
    this.#underWay.add(key);
    const waitedMs = performance.now() - arrived;
    this.#perform(verb, command).then(async (told) => {
      const outcome = sinceArrival(told, waitedMs);
      try {
        await this.#inbox.settle(outcome);
      } catch {
        this.#unkept.set(key, outcome); // told from memory until the disk takes it
      }
      this.#owe(outcome);
      // Not before the inbox has the outcome: one that is sent again in between would be begun again.
      this.#underWay.delete(key);
    });
  }

  #owe(outcome) {
    this.due.set(outcome.id.toLowerCase(), outcome);
    this.owes();
  }
}

export function superseded(id) {
  return { id, state: "failed", code: "SUPERSEDED", error: say("screen.why.superseded") };
}

// The name of the first field without which nothing can be done; the relay has checked the rest.
function misfit(command) {
  if (typeof command?.id !== "string" || !UUID.test(command.id)) return "id";
  if (!Number.isInteger(command.seq) || command.seq < 1) return "seq";
  if (typeof command.screenId !== "string") return "screenId";
  if (!Number.isInteger(command.expiresAt)) return "expiresAt";
  if (command.windowId !== undefined && typeof command.windowId !== "string") return "windowId";
  return null;
}

function refused(id, code, error) {
  return { received: false, id: String(id ?? "").slice(0, 64), code, error: error.slice(0, 1000) };
}

// Count the outcome's milliseconds from the moment the command came off the line.
function sinceArrival(outcome, waitedMs) {
  if (!outcome.timings) return outcome;
  const since = (ms) => (ms == null ? undefined : Math.round((ms + waitedMs) * 10) / 10);
  const { loadedMs, shownMs } = outcome.timings;
  return { ...outcome, timings: { receivedMs: since(0), loadedMs: since(loadedMs), shownMs: since(shownMs) } };
}
