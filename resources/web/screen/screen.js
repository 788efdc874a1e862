// This screen as a whole: what it is to the relay, what it shows, and what it does when it starts, is revoked or replaced.
import { say } from "../console/lib/i18n.js";
import { Store } from "../console/lib/store.js";
import { loadChoices, choices } from "./choices.js";
import { Library } from "./library.js";
import { Credentials } from "./link/credentials.js";
import { Inbox } from "./link/inbox.js";
import { Intake } from "./link/intake.js";
import { RelayLink } from "./link/relay_link.js";
import { relayNow } from "./link/relay_time.js";
import { ask } from "./link/request.js";
import { reloadAtNight } from "./nightly.js";
import { Notices } from "./notices.js";
import { beTheScreen } from "./one_tab.js";
import { claim, nameInAddress } from "./pairing.js";
import { Camera } from "./stage/camera.js";
import { Director } from "./stage/director.js";
import { Hosts } from "./stage/hosts.js";
import { Revisions } from "./stage/revisions.js";
import { Steering } from "./stage/steering.js";
import { openStorage } from "./storage.js";
import { WindowsBook } from "./windows_book.js";

const CAPABILITIES = ["outcome", "steer", "browser", "pdf", "image", "framed-web", "identify", "notify", "blank", "move", "screenshot", "undo"];

export class Screen {
  // starting, waiting (another tab is the screen), broken (no memory), pairing, running, replaced
  phase = new Store("starting");
  link = new Store({ state: "connecting" });
  // Counts what has changed in windows and displays, for whoever draws them.
  drawn = new Store(0);
  // Why the last pairing ended, if it ended by the relay's word.
  ended = new Store(null);
  #line = null;

  async start(root) {
    try {
      await beTheScreen(() => this.phase.set("waiting"));
      this.storage = await openStorage();
      this.storage.lost = () => location.reload();
      navigator.storage?.persist?.();
      await loadChoices(this.storage);
      this.credentials = await Credentials.open(this.storage);
      this.inbox = await Inbox.open(this.storage, () => relayNow());
      this.book = new WindowsBook(this.storage);
      await this.#furnish(root);
    } catch (failure) {
      console.warn(failure);
      this.phase.set("broken");
      return;
    }
    reloadAtNight(() => [...this.intake.due].length === 0);
    window.addEventListener("online", () => this.#line?.hurry());
    if (!this.credentials.isPaired) this.phase.set("pairing");
    else this.#run();
  }

  get screenId() {
    return this.credentials?.screenId ?? null;
  }

  // What people call it; until the relay has said so, what the address does.
  get name() {
    return this.title ?? this.screenId ?? nameInAddress();
  }

  async pairBy(secret) {
    await this.granted(await claim(secret, this.hosts));
  }

  // A pairing has been granted: this browser is that screen from now on.
  async granted(grant) {
    if (this.screenId !== grant.screenId) await this.book.clear();
    await this.credentials.take(grant);
    this.ended.set(null);
    this.title = null;
    this.#run();
  }

  // Take over again what a newer connection of the same screen took.
  resume() {
    this.#run();
  }

  async unpair() {
    this.#stop();
    const token = await this.credentials.token().catch(() => null);
    if (token) await ask("POST", "/api/auth/logout", { token, body: this.credentials.asRefresh() }).catch(() => {});
    await this.#forget();
    this.phase.set("pairing");
  }

  async join() {
    const token = await this.credentials.token();
    return ask("POST", `/api/screens/${encodeURIComponent(this.screenId)}/join`, { token });
  }

  token() {
    return this.credentials.token();
  }

  async #furnish(root) {
    const token = () => this.token();
    this.hosts = new Hosts(root, {
      changed: () => {
        for (const pane of this.director.panes) pane.outgrown();
        this.#shows();
      },
      left: (host) => this.director.bringBack(host),
    });
    const notices = new Notices(() => this.name ?? "");
    this.director = new Director({
      hosts: this.hosts,
      library: new Library(this.storage, token),
      inquire: async (url, signal) => this.#inquire(url, signal),
      notices,
      camera: new Camera(token, () => choices.value.pictures),
      revisions: await Revisions.open(this.storage),
    });
    this.steering = new Steering((windowId) => this.director.pane(windowId), (windowId, state) => this.#line?.tellView(windowId, state));
    this.director.changed = (windowId) => {
      this.book.keep(windowId, this.director.pane(windowId));
      this.steering.saw(windowId);
      this.#shows();
    };
    this.intake = new Intake({
      inbox: this.inbox,
      perform: (verb, command) => this.director.perform(verb, command),
      screenId: () => this.screenId ?? "",
    });
    document.addEventListener("visibilitychange", () => this.#line?.presenceChanged());
  }

  #shows() {
    this.drawn.set(this.drawn.value + 1);
    this.#line?.presenceChanged();
  }

  #run() {
    this.#stop();
    this.phase.set("running");
    this.link.set({ state: "connecting" });
    this.#restore();
    const line = new RelayLink({
      credentials: this.credentials,
      inbox: this.inbox,
      intake: this.intake,
      describe: () => this.#describe(),
      steered: (wish) => this.steering.wished(wish),
      changed: (state) => this.#linkChanged(line, state),
    });
    this.#line = line;
    line.run().catch((bug) => {
      console.error(bug);
      location.reload();
    });
  }

  #stop() {
    this.#line?.stop();
    this.#line = null;
  }

  async #linkChanged(line, state) {
    if (this.#line !== line) return;
    this.link.set(state);
    if (state.state === "connected") {
      for (const { windowId } of this.director.panes) this.steering.saw(windowId);
      this.#learnName();
    }
    if (state.state === "revoked") {
      this.#stop();
      this.ended.set(say("screen.revoked"));
      await this.#forget();
      this.phase.set("pairing");
    }
    if (state.state === "replaced") {
      this.#stop();
      this.director.clear();
      this.phase.set("replaced");
    }
  }

  // Nobody may show anything here any more.
  async #forget() {
    this.director.clear();
    await this.credentials.forget();
    await this.book.clear();
  }

  // Show again what was here before a reload or a power cut, without the relay; whatever it says by then wins.
  async #restore() {
    const kept = await this.book.kept().catch(() => []);
    for (const row of kept) {
      if (!this.director.isUntouched(row.windowId)) continue;
      await this.director.showHere(row, row.windowId).catch((failure) => console.info("A window was not restored:", failure.message));
    }
  }

  async #learnName() {
    try {
      const { name } = await ask("GET", `/api/screens/${encodeURIComponent(this.screenId)}`, { token: await this.token() });
      this.title = name || this.screenId;
      this.drawn.set(this.drawn.value + 1);
    } catch {
      // It has the name it had.
    }
  }

  #describe() {
    return { appVersion: "browser", displays: this.hosts.infos(), windows: this.director.infos(), capabilities: CAPABILITIES };
  }

  async #inquire(url, signal) {
    try {
      return await ask("GET", `/api/framing?url=${encodeURIComponent(url)}`, { token: await this.token(), signal });
    } catch (problem) {
      if (signal?.aborted) throw problem;
      // It leads on to where nothing may be shown from.
      if (problem.code === "URL_NOT_ALLOWED") return { framing: "forbidden", why: problem.detail };
      return { framing: "unknown" };
    }
  }
}
