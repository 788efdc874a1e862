// A command in, its outcome out: every command ends in exactly one outcome that says what can be seen, or why not.
//
// Latest wins per window: a newer navigate or close ends the load of an older navigate, whose outcome is SUPERSEDED.
// What is done at the screen itself goes through the same lane. `shown` is said only after a frame was painted. What is
// not a CannotShow is a bug, logged here once, and the relay hears INTERNAL_ERROR.
import { say } from "../../console/lib/i18n.js";
import { relayNow } from "../link/relay_time.js";
import { CannotShow, within } from "./cannot_show.js";
import { Lane } from "./lane.js";
import { Pane } from "./pane.js";
import { painted } from "./painted.js";

// Each holds a document in memory; a TV has less of it than a PC.
const MOST_WINDOWS = 4;
const MOST_BEFORE = 20;
const FETCH_MS = 120_000;
const PLACES = new Set(["full", "left", "right", "top", "bottom"]);
const HALVES = { left: "right", right: "left", top: "bottom", bottom: "top" };

export class Director {
  #hosts;
  #library;
  #inquire;
  #notices;
  #camera;
  #revisions;
  // What windows held before, the newest last; and the windows to which content is on its way.
  #before = new Map();
  #underWay = new Map();
  #lanes = new Map();
  #panes = new Map();
  // Called with a window's name whenever what it holds has changed.
  changed = () => {};

  constructor({ hosts, library, inquire, notices, camera, revisions }) {
    this.#hosts = hosts;
    this.#library = library;
    this.#inquire = inquire;
    this.#notices = notices;
    this.#camera = camera;
    this.#revisions = revisions;
  }

  // Do what the command says; never rejects.
  async perform(verb, command) {
    const { id } = command;
    try {
      this.#refuseExpired(command);
      return { id, state: "shown", ...(await this.#do(verb, command)) };
    } catch (failure) {
      if (!(failure instanceof CannotShow)) console.error(failure);
      const code = failure instanceof CannotShow ? failure.code : "INTERNAL_ERROR";
      const error = failure instanceof CannotShow ? failure.message : say("screen.why.bug");
      return { id, state: "failed", code, error: error.slice(0, 1000) };
    }
  }

  // Look at what a window shows differently, at the screen itself.
  viewHere(wish, windowId = "main") {
    return this.#inTurn(windowId, (signal) => this.#view(windowId, wish, signal));
  }

  closeHere(windowId = "main") {
    return this.#inTurn(windowId, () => this.#close(windowId), { supersedes: true });
  }

  // Show what was here before a reload. `kept` is {content, look, displayId, place, isBlank}.
  showHere(kept, windowId) {
    return this.#inTurn(
      windowId,
      async (signal) => {
        const host = this.#hosts.all.find(({ displayId }) => displayId === kept.displayId) ?? this.#hosts.first;
        const content = this.#content(kept.content);
        const { page, fit, zoom, rotate } = kept.look;
        await this.#turn(windowId, content, { page, rotate, ...(zoom == null ? { fit } : { zoom }) }, host, kept.place, signal);
        if (kept.isBlank) await this.#panes.get(windowId).blank(true, signal);
      },
      { supersedes: true },
    );
  }

  // Let go of every window and end what is under way.
  clear() {
    for (const lane of this.#lanes.values()) lane.clear();
    for (const windowId of [...this.#panes.keys()]) this.#close(windowId);
    this.#before.clear();
  }

  isUntouched(windowId) {
    return !this.#lanes.has(windowId);
  }

  pane(windowId) {
    return this.#panes.get(windowId) ?? null;
  }

  get panes() {
    return [...this.#panes.values()].filter(({ scene }) => scene);
  }

  // A display goes away: what is on it comes back to the first one.
  bringBack(host) {
    const [first] = this.#hosts.all;
    for (const pane of this.panes.filter((each) => each.host === host)) {
      if (pane.scene.frame) this.closeHere(pane.windowId);
      else this.#inTurn(pane.windowId, (signal) => pane.move(first, pane.place, signal)).catch(() => {});
    }
  }

  // The windows as the relay is told of them.
  infos() {
    return this.panes.map((pane) => {
      const { content } = pane.scene;
      const coveredBy = this.#over(pane);
      return dropEmpty({
        windowId: pane.windowId,
        displayId: pane.host.displayId,
        visible: !pane.isBlank && coveredBy.length === 0 && !pane.host.view.document.hidden,
        triggerId: content.triggerId,
        orderId: content.orderId,
        documentId: content.documentId,
        sha256: content.sha256,
        url: content.url,
        page: pane.page,
        pages: pane.pages,
        revision: content.revision,
        place: pane.place,
        blank: pane.isBlank,
        coveredBy: coveredBy.length ? coveredBy : null,
      });
    });
  }

  // Every verb.

  async #do(verb, command) {
    const { windowId } = command;
    switch (verb) {
      case "navigate":
        return this.#loading(windowId, this.#inTurn(windowId, (signal) => this.#navigate(command, signal), { supersedes: true }));
      case "undo": {
        const work = this.#underWay.has(windowId) ? () => this.#stay(windowId) : (signal) => this.#takeBack(windowId, signal);
        return this.#inTurn(windowId, work, { supersedes: true });
      }
      case "view":
        return this.#inTurn(windowId, (signal) => this.#view(windowId, command, signal));
      case "move":
        return this.#inTurn(windowId, (signal) => this.#move(command, signal));
      case "close":
        return this.#inTurn(windowId, () => this.#close(windowId), { supersedes: true });
      case "blank":
        return this.#inTurn(windowId, async (signal) => this.#told(windowId, await this.#present(windowId).blank(command.on ?? true, signal)));
      case "identify":
        await this.#notices.identify(this.#hosts.all);
        return {};
      case "notify":
        return this.#notify(command);
      case "screenshot":
        return this.#inTurn(windowId, (signal) => this.#photograph(command, signal));
      default:
        throw new CannotShow("UNSUPPORTED", say("screen.why.unsupported", { what: verb }));
    }
  }

  async #navigate(command, signal) {
    const { document } = command;
    const host = this.#wished(command);
    const place = PLACES.has(command.place) ? command.place : (this.#panes.get(command.windowId)?.place ?? "full");
    if (!document && !command.url) throw new CannotShow("VALIDATION_ERROR", say("screen.why.malformed", { field: "document" }));
    if ((document ?? command).certificateSha256) throw new CannotShow("UNSUPPORTED", say("screen.why.certificate"));
    const content = this.#content({
      triggerId: command.id,
      kind: document?.kind ?? "web",
      url: document ? (document.kind === "web" ? document.url : null) : command.url,
      mediaType: document?.mediaType ?? null,
      title: document?.title ?? null,
      orderId: command.orderId ?? null,
      documentId: document?.id ?? null,
      sha256: document?.kind === "web" ? null : (document?.sha256 ?? null),
      revision: document?.revision ?? null,
      asOf: command.asOf ?? relayNow(),
      isOld: command.asOf !== undefined,
    });
    content.expiresAt = command.expiresAt;
    return this.#turn(command.windowId, content, command, host, place, signal);
  }

  async #turn(windowId, content, wish, host, place, signal, isBack = false) {
    let pane = this.#panes.get(windowId);
    if (!pane) {
      if (this.#panes.size >= MOST_WINDOWS) throw new CannotShow("TOO_MANY_WINDOWS", say("screen.why.most_windows", { number: MOST_WINDOWS }));
      pane = new Pane(windowId, this.#inquire);
      pane.changed = () => this.changed(windowId);
      this.#panes.set(windowId, pane);
    }
    const held = heldBy(pane);
    try {
      const before = this.#revisions.before(content);
      const seen = await pane.turnTo(content, wish, host, place, before, signal);
      this.#revisions.shown(content);
      if (held && !isBack) this.#remember(windowId, held);
      return this.#told(windowId, seen);
    } finally {
      if (!pane.scene) this.#panes.delete(windowId);
    }
  }

  async #view(windowId, wish, signal) {
    return this.#told(windowId, await this.#present(windowId).view(wish, signal));
  }

  async #move(command, signal) {
    const pane = this.#present(command.windowId);
    const isNamed = command.displayId != null || command.displayIndex != null;
    const host = isNamed ? this.#hosts.find(command.displayId, command.displayIndex) : pane.host;
    const place = PLACES.has(command.place) ? command.place : pane.place;
    return this.#told(command.windowId, await pane.move(host, place, signal));
  }

  // Content that is on its way to a window, until it is there or given up.
  async #loading(windowId, turning) {
    const own = {};
    this.#underWay.set(windowId, own);
    try {
      return await turning;
    } finally {
      if (this.#underWay.get(windowId) === own) this.#underWay.delete(windowId);
    }
  }

  #remember(windowId, held) {
    const others = this.#before.get(windowId) ?? [];
    this.#before.set(windowId, [...others, held].slice(-MOST_BEFORE));
    while (this.#before.size > MOST_WINDOWS) this.#before.delete(this.#before.keys().next().value);
  }

  // What was still loading was given up; what is seen stays.
  #stay(windowId) {
    return this.#told(windowId, { page: this.#present(windowId).page, loadedMs: 0, shownMs: 0 });
  }

  async #takeBack(windowId, signal) {
    const before = this.#before.get(windowId) ?? [];
    const kept = before.at(-1);
    if (!kept) throw new CannotShow("DOCUMENT_NOT_FOUND", say("screen.why.nothing_before"));
    const pane = this.#panes.get(windowId);
    const there = this.#hosts.all.find(({ displayId }) => displayId === kept.displayId) ?? this.#hosts.first;
    const [host, place] = pane ? [pane.host, pane.place] : [there, kept.place];
    const wish = { page: kept.look.page, rotate: kept.look.rotate };
    const told = await this.#turn(windowId, this.#content(kept.content), wish, host, place, signal, true);
    this.#before.set(windowId, before.slice(0, -1));
    return told;
  }

  #close(windowId) {
    const pane = this.#panes.get(windowId);
    const held = heldBy(pane);
    if (held) this.#remember(windowId, held);
    this.#panes.delete(windowId);
    pane?.close();
    this.changed(windowId);
    return {};
  }

  async #notify(command) {
    const isNamed = command.displayId != null || command.displayIndex != null;
    const host = isNamed ? this.#hosts.find(command.displayId, command.displayIndex) : (this.#panes.get(command.windowId)?.host ?? this.#hosts.first);
    await this.#notices.show(command, host);
    await painted(host.view);
    return { display: nameOf(host) };
  }

  async #photograph(command, signal) {
    if (command.wholeMonitor) throw new CannotShow("UNSUPPORTED", say("screen.why.whole_monitor"));
    const pane = this.#present(command.windowId);
    if (!pane.canvas) throw new CannotShow("UNSUPPORTED", say("screen.why.no_picture_of_web"));
    const screenshot = await this.#camera.photograph(command.id, pane, signal);
    this.#notices.show({ message: say("screen.photographed"), level: "info", sound: false, seconds: 3 }, pane.host);
    return { display: nameOf(pane.host), screenshot };
  }

  // What they share.

  #inTurn(windowId, work, how) {
    let lane = this.#lanes.get(windowId);
    if (!lane) this.#lanes.set(windowId, (lane = new Lane()));
    return lane.run(work, how).finally(() => {
      // Names of windows are the relay's: without this, every one that was ever used would stay.
      if (lane.isFree && !this.#panes.has(windowId) && windowId !== "main") this.#lanes.delete(windowId);
    });
  }

  #content(fields) {
    const content = { ...fields, isCached: false };
    content.read = async (signal) => {
      const late = () => new CannotShow("CONNECTION_TIMEOUT", say("screen.why.not_fetched"));
      const got = await within(this.#library.fetch(fields, signal), { signal, ms: FETCH_MS, late });
      // The file may have been long on its way, and for the relay the delivery has ended by now.
      if (content.expiresAt) this.#refuseExpired(content);
      content.isCached = got.isCached;
      return got.bytes;
    };
    return content;
  }

  #wished({ windowId, displayId, displayIndex }) {
    if (displayId != null || displayIndex != null) return this.#hosts.find(displayId, displayIndex);
    return this.#panes.get(windowId)?.host ?? this.#hosts.first;
  }

  #present(windowId) {
    const pane = this.#panes.get(windowId);
    if (!pane?.scene) throw new CannotShow("DOCUMENT_NOT_FOUND", say("screen.why.empty"));
    return pane;
  }

  #told(windowId, { page, loadedMs, shownMs }) {
    const pane = this.#panes.get(windowId);
    const covers = this.panes.filter((other) => this.#over(other).includes(windowId)).map((other) => other.windowId);
    return dropEmpty({
      display: nameOf(pane.host),
      page,
      revision: pane.scene.content.revision,
      timings: { receivedMs: 0, loadedMs: round(loadedMs), shownMs: round(shownMs) },
      covers: covers.length ? covers : null,
    });
  }

  // The windows that lie over one, in its place on its display.
  #over(pane) {
    const isOver = (other) => Number(other.root.style.zIndex) > Number(pane.root.style.zIndex);
    return this.panes
      .filter((other) => other !== pane && other.host === pane.host && isOver(other) && HALVES[other.place] !== pane.place)
      .map((other) => other.windowId);
  }

  #refuseExpired({ expiresAt }) {
    if (expiresAt <= relayNow()) throw new CannotShow("EXPIRED", say("screen.why.expired"));
  }
}

function nameOf({ displayId, index, name }) {
  return { displayId, index, name: name || say("screen.display.this") };
}

// What a pane shows, so that it can be shown again.
function heldBy(pane) {
  if (!pane?.scene) return null;
  const { read: _read, expiresAt: _expiresAt, isCached: _isCached, ...content } = pane.scene.content;
  return { content, look: pane.scene.look, displayId: pane.host.displayId, place: pane.place };
}

function dropEmpty(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

function round(ms) {
  return Math.round(ms * 10) / 10;
}
