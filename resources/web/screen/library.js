// The documents on this machine, by their SHA-256: fetched once, verified when they come and whenever they are read,
// and the least used let go when there are too many.
import { say } from "../console/lib/i18n.js";
import { Problem, send } from "./link/request.js";
import { sha256 } from "./sha256.js";
import { CannotShow } from "./stage/cannot_show.js";
import { asked, StorageBroken } from "./storage.js";

const MOST_FILES = 300;
const MOST_BYTES = 400 * 2 ** 20;
const ROOM_SHARE = 0.5; // of what the browser grants this site

export class Library {
  #storage;
  #token;

  // `token()` resolves with an access token of this screen.
  constructor(storage, token) {
    this.#storage = storage;
    this.#token = token;
  }

  // Answers {bytes, isCached}; raises CannotShow.
  async fetch(document, signal) {
    const kept = await this.#read(document.sha256);
    if (kept) return { bytes: kept, isCached: true };
    const bytes = await this.#bring(document, signal);
    if ((await sha256(bytes)) !== document.sha256) {
      throw new CannotShow("DOCUMENT_UNREADABLE", say("screen.why.not_as_announced"));
    }
    await this.#keep(document.sha256, bytes);
    return { bytes, isCached: false };
  }

  async #bring(document, signal) {
    try {
      const token = await this.#token();
      // The address is ours to write: what a command names leads nowhere else.
      const response = await send("GET", `/api/documents/${document.sha256}`, { token, signal, timeoutMs: 0 });
      return await response.arrayBuffer();
    } catch (failure) {
      if (signal?.aborted) throw failure;
      if (failure instanceof Problem && failure.status) {
        const code = failure.code === "DOCUMENT_NOT_FOUND" ? failure.code : "DOCUMENT_UNREADABLE";
        throw new CannotShow(code, failure.detail || say("screen.why.not_fetched"));
      }
      throw new CannotShow("CONNECTION_REFUSED", say("screen.why.not_fetched"));
    }
  }

  async #read(name) {
    try {
      const bytes = await this.#storage.run(["file", "shelf"], "readwrite", async (on) => {
        const found = await asked(on.objectStore("file").get(name));
        if (found) on.objectStore("shelf").put({ sha256: name, size: found.byteLength, usedAt: Date.now() });
        return found ?? null;
      });
      if (bytes === null) return null;
      if ((await sha256(bytes)) === name) return bytes;
      await this.#drop([name]); // what the disk gives back is not what was put there
      return null;
    } catch (failure) {
      if (failure instanceof StorageBroken) return null;
      throw failure;
    }
  }

  async #keep(name, bytes) {
    try {
      await this.#makeRoom(bytes.byteLength);
      await this.#storage.run(["file", "shelf"], "readwrite", (on) => {
        on.objectStore("file").put(bytes, name);
        on.objectStore("shelf").put({ sha256: name, size: bytes.byteLength, usedAt: Date.now() });
      });
    } catch (failure) {
      if (!(failure instanceof StorageBroken)) throw failure;
      // Shown all the same; next time it is fetched again.
    }
  }

  async #makeRoom(size) {
    const { quota = MOST_BYTES / ROOM_SHARE } = (await navigator.storage?.estimate?.()) ?? {};
    const most = Math.min(MOST_BYTES, quota * ROOM_SHARE);
    const rows = await this.#storage.run("shelf", "readonly", (on) => asked(on.objectStore("shelf").index("usedAt").getAll()));
    let total = rows.reduce((sum, row) => sum + row.size, size);
    let count = rows.length + 1;
    const gone = [];
    for (const row of rows) {
      if (total <= most && count <= MOST_FILES) break;
      gone.push(row.sha256);
      total -= row.size;
      count -= 1;
    }
    if (gone.length) await this.#drop(gone);
  }

  async #drop(names) {
    await this.#storage.run(["file", "shelf"], "readwrite", (on) => {
      for (const name of names) {
        on.objectStore("file").delete(name);
        on.objectStore("shelf").delete(name);
      }
    });
  }
}
