// What each window holds, on the disk: so that a reload, or a power cut, loses nobody's place.
import { asked } from "./storage.js";

export class WindowsBook {
  #storage;
  #queue = Promise.resolve();

  constructor(storage) {
    this.#storage = storage;
  }

  // Write down what a window holds now, or that it holds nothing.
  keep(windowId, pane) {
    const row = pane?.scene ? rowOf(windowId, pane) : null;
    this.#queue = this.#queue
      .then(() => this.#storage.run("window", "readwrite", (on) => asked(row ? on.objectStore("window").put(row) : on.objectStore("window").delete(windowId))))
      .catch(() => {}); // it is shown all the same; after a power cut an older place is found
  }

  // The windows that held something, the one that lay uppermost last.
  async kept() {
    const rows = await this.#storage.run("window", "readonly", (on) => asked(on.objectStore("window").getAll()));
    return rows.sort((one, other) => one.order - other.order);
  }

  async clear() {
    await this.#storage.run("window", "readwrite", (on) => asked(on.objectStore("window").clear()));
  }
}

function rowOf(windowId, { scene, host, place, isBlank, root }) {
  const { read: _read, expiresAt: _expiresAt, isCached: _isCached, ...content } = scene.content;
  return { windowId, content, look: scene.look, displayId: host.displayId, place, isBlank, order: Number(root.style.zIndex) };
}
