// The line to the relay: connects, receives, acknowledges, tells outcomes, and comes back after every drop, for ever.
//
// How it works: WebSocket first; where none comes up, a stream, then long polling. The kind that worked last is tried
// first next time; while a lesser kind is in use, it is looked from time to time whether a WebSocket would come up by
// now. Events are heard strictly in their order.
//
// What must always hold: there is one line at a time. No command is taken before `hello`, nor from a connection older
// than one seen before. Only a revoked or replaced screen stops trying, and says so.
import { socketWorks } from "../../console/lib/socket_probe.js";
import { Backoff } from "./backoff.js";
import { Revoked } from "./credentials.js";
import { openPollLine } from "./poll_line.js";
import { relayTimeIs } from "./relay_time.js";
import { openSocketLine } from "./socket_line.js";
import { openStreamLine } from "./stream_line.js";

const KINDS = { socket: openSocketLine, stream: openStreamLine, poll: openPollLine };
const ORDER = ["socket", "stream", "poll"];
const HELLO_MS = 8000;
const ANSWER_MS = 5000;
const GOOD_LINE_MS = 2000;
const PRESENCE_PAUSE_MS = 50;
const LOOK_FIRST_MS = 20_000;
const LOOK_LONGEST_MS = 15 * 60_000;
const SLEPT_MS = 5000;
const TOKEN_REFUSED = new Set(["TOKEN_EXPIRED", "TOKEN_INVALID"]);
// The relay has no such delivery (its journal is another one by now), or cannot read what this page says.
const UNWANTED = new Set(["DELIVERY_NOT_FOUND", "VALIDATION_ERROR"]);

export class RelayLink {
  #credentials;
  #inbox;
  #intake;
  #describe;
  #steered;
  #changed;
  #backoff = new Backoff();
  #kind = "socket";
  #line = null;
  #isGreeted = false;
  #stopped = false;
  #stop = null;
  #presenceDue = null;
  #lookMs = LOOK_FIRST_MS;
  #wake = () => {};
  // What was said last of each window; told anew on every new line.
  #views = new Map();
  #viewsDue = null;

  // `changed({state, kind, detail})`: state is connecting, connected, offline, revoked or replaced.
  constructor({ credentials, inbox, intake, describe, steered, changed }) {
    this.#credentials = credentials;
    this.#inbox = inbox;
    this.#intake = intake;
    this.#describe = describe;
    this.#steered = steered;
    this.#changed = changed;
  }

  // Connect, and come back for ever; ends when the screen is revoked or replaced, or stopped.
  async run() {
    this.#changed({ state: "connecting" });
    await this.#intake.load();
    this.#watchSleep();
    while (!this.#stopped) {
      const ended = await this.#round();
      if (this.#stopped) return;
      this.#changed(ended);
      if (ended.isFinal) return;
      await this.#pause(Math.max(this.#backoff.next(), ended.waitMs ?? 0));
    }
  }

  stop() {
    this.#stopped = true;
    this.#wake();
    this.#stop?.({ state: "offline" });
  }

  // Something has changed here; several calls in a row become one message.
  presenceChanged() {
    if (!this.#isGreeted || this.#presenceDue) return;
    this.#presenceDue = setTimeout(() => {
      this.#presenceDue = null;
      if (this.#line && this.#isGreeted) this.#line.tell("presence", this.#presence());
    }, PRESENCE_PAUSE_MS);
  }

  // Tell which part of a window's content is seen now; at most ten times a second, the newest of each.
  tellView(windowId, state) {
    this.#views.set(windowId, { state, isTold: false });
    if (this.#isGreeted) this.#tellViews();
  }

  #tellViews() {
    this.#viewsDue ??= setTimeout(() => {
      this.#viewsDue = null;
      if (!this.#line || !this.#isGreeted) return;
      for (const [windowId, view] of this.#views) {
        if (!view.isTold) this.#line.tell("viewport", view.state);
        view.isTold = true;
        if (!view.state.kind) this.#views.delete(windowId);
      }
    }, 100);
  }

  // Whatever is waited for, try now: the network is said to be back.
  hurry() {
    this.#backoff.reset();
    this.#wake();
  }

  async #round() {
    let token;
    try {
      token = await this.#credentials.token();
    } catch (failure) {
      if (failure instanceof Revoked) return { state: "revoked", isFinal: true };
      return { state: "offline", waitMs: failure.retryAfterMs ?? 0 };
    }
    const first = ORDER.indexOf(this.#kind);
    for (const kind of [...ORDER.slice(first), ...ORDER.slice(0, first)]) {
      if (this.#stopped) break;
      const ended = await this.#live(kind, token);
      if (ended.wasGood || ended.isFinal || ended.isRefusal) return ended;
    }
    return { state: "offline" };
  }

  // Live on one line until it ends.
  #live(kind, token) {
    return new Promise((resolve) => {
      const timers = [];
      let hearing = Promise.resolve();
      let isOver = false;
      let isGood = false;
      const started = performance.now();
      const end = (how) => {
        if (isOver) return;
        isOver = true;
        timers.forEach(clearTimeout);
        this.#line = this.#stop = null;
        this.#isGreeted = false;
        this.#intake.owes = () => {};
        line?.close();
        if (isGood && performance.now() - started > GOOD_LINE_MS) this.#backoff.reset();
        resolve({ wasGood: isGood, ...how });
      };
      const ended = ({ kind: how, code, problem }) => {
        if (how === "refused" && TOKEN_REFUSED.has(code)) this.#credentials.expired();
        if (how === "refused") {
          return end({ state: "offline", isRefusal: true, detail: problem?.detail, waitMs: problem?.retryAfterMs ?? 0 });
        }
        return end({ state: "offline" });
      };
      const hear = (event, payload, answer) => {
        hearing = hearing.then(async () => {
          if (isOver) return;
          if (event === "hello") isGood = (await this.#greeted(payload, kind, end, timers)) || isGood;
          else await this.#hear(event, payload, answer, end);
        });
        hearing.catch((bug) => {
          console.error(bug);
          end({ state: "offline" });
        });
      };
      this.#stop = end;
      timers.push(setTimeout(() => isGood || end({ state: "offline" }), HELLO_MS));
      const { appliedSeq, epoch } = this.#inbox;
      let line = null;
      line = this.#line = KINDS[kind]({ token, appliedSeq, epoch, hear, ended });
      this.#renew(line, () => isOver, timers, end);
    });
  }

  async #greeted(hello, kind, end, timers) {
    relayTimeIs(hello.serverTime);
    let beginning;
    try {
      beginning = await this.#intake.greeted(hello);
    } catch {
      end({ state: "offline", detail: "memory", waitMs: 1000 }); // it is not known which of its commands are old
      return false;
    }
    if (beginning === "fenced") {
      end({ state: "offline", detail: "fenced", waitMs: 1000 });
      return false;
    }
    if (!this.#line) return false;
    this.#kind = kind;
    if (kind === "socket") this.#lookMs = LOOK_FIRST_MS;
    else if (!this.#isGreeted) timers.push(setTimeout(() => this.#lookForBetter(end), this.#lookMs));
    this.#isGreeted = true;
    this.#line.tell("presence", this.#presence());
    this.#changed({ state: "connected", kind });
    this.#tellOutcomes(this.#line);
    for (const view of this.#views.values()) view.isTold = false;
    this.#tellViews();
    return true;
  }

  async #hear(event, payload, answer, end) {
    switch (event) {
      case "status?":
        return answer(await this.#intake.status(payload));
      case "steer":
        return this.#steered(payload);
      case "session:revoked":
        return end({ state: "revoked", isFinal: true });
      case "session:replaced":
        return end({ state: "replaced", isFinal: true });
      case "drain":
        return end({ state: "offline", detail: "draining", wasGood: true, waitMs: Math.random() * Math.min(payload?.afterMs ?? 1000, 60_000) });
      case "error":
      case "upcoming":
        return undefined;
      default:
    }
    if (!this.#isGreeted || typeof payload?.id !== "string") return undefined;
    return answer(await this.#intake.take(event, payload));
  }

  #presence() {
    return { ...this.#describe(), protocol: 1, appliedSeq: this.#inbox.appliedSeq, epoch: this.#inbox.epoch };
  }

  // Tell whatever is due, and whatever becomes due, until the relay has each for good.
  #tellOutcomes(line) {
    let isTelling = false;
    const tell = async () => {
      if (isTelling) return;
      isTelling = true;
      try {
        while (this.#line === line && this.#intake.due.size) {
          for (const outcome of [...this.#intake.due.values()]) {
            const answer = await line.ask("outcome", outcome, ANSWER_MS);
            if (answer?.success === true || UNWANTED.has(answer?.code)) await this.#intake.reported(outcome);
            else await new Promise((resolve) => setTimeout(resolve, 1000));
          }
        }
      } catch {
        setTimeout(() => this.#line === line && tell(), 1000);
      } finally {
        isTelling = false;
      }
    };
    this.#intake.owes = tell;
    tell();
  }

  #renew(line, isOver, timers, end) {
    const renew = async () => {
      if (isOver()) return;
      try {
        const fresh = await this.#credentials.token();
        if (isOver()) return;
        const answer = await line.renew(fresh);
        if (answer?.success === false) return end({ state: "offline" });
        // A line without WebSocket lives on with the token of what is said beside it.
        if (this.#isGreeted && this.#line === line) line.tell("presence", this.#presence());
      } catch (failure) {
        if (failure instanceof Revoked) return end({ state: "revoked", isFinal: true });
      }
      plan();
    };
    const plan = () => {
      timers.push(setTimeout(renew, Math.max(this.#credentials.msToRenewal, 5000) + 100));
      if (timers.length > 50) timers.splice(0, 25);
    };
    plan();
  }

  async #lookForBetter(end) {
    const line = this.#line;
    if (await socketWorks()) {
      if (line === this.#line) {
        this.#kind = "socket";
        end({ state: "connecting", wasGood: true });
      }
    } else {
      this.#lookMs = Math.min(this.#lookMs * 3, LOOK_LONGEST_MS);
      setTimeout(() => line !== null && line === this.#line && this.#lookForBetter(end), this.#lookMs);
    }
  }

  // A machine that slept has a line that only looks alive.
  #watchSleep() {
    let before = Date.now();
    const look = setInterval(() => {
      if (this.#stopped) return clearInterval(look);
      const now = Date.now();
      if (now - before > 1000 + SLEPT_MS && !document.hidden) {
        this.hurry();
        this.#stop?.({ state: "connecting", wasGood: true });
      }
      before = now;
      return undefined;
    }, 1000);
  }

  #pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
