// What this screen remembers over reloads, power cuts and days: one IndexedDB database.
//
// A `readwrite` run has happened when its promise resolves, and not before ("strict": it is on the disk, where the
// browser can say so); one that fails has changed nothing.

const NAME = "benchcast-screen";
const VERSION = 1;

// The memory cannot be read or written now. `isFull`: because there is no room left.
export class StorageBroken extends Error {
  constructor(cause) {
    super(`The screen's memory cannot be used: ${cause?.name ?? cause}`);
    this.name = "StorageBroken";
    this.isFull = cause?.name === "QuotaExceededError";
  }
}

export function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class Storage {
  #db;
  // Called when the browser takes the database away, such as when somebody deletes the site's data.
  lost = () => {};

  constructor(db) {
    this.#db = db;
    db.onversionchange = () => db.close();
    db.onclose = () => this.lost();
  }

  // `work(transaction)` may await nothing but the transaction's own requests.
  async run(stores, mode, work) {
    let transaction;
    try {
      transaction = this.#db.transaction(stores, mode, { durability: mode === "readwrite" ? "strict" : "default" });
    } catch (failure) {
      throw new StorageBroken(failure);
    }
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(new StorageBroken(transaction.error));
    });
    done.catch(() => {});
    let result;
    try {
      result = await work(transaction);
    } catch (failure) {
      try {
        transaction.abort();
      } catch {
        // It has ended by itself, for the same reason.
      }
      throw failure instanceof DOMException ? new StorageBroken(failure) : failure;
    }
    await done;
    return result;
  }

  async note(key) {
    return this.run("note", "readonly", async (on) => (await asked(on.objectStore("note").get(key))) ?? null);
  }

  async keepNote(key, value) {
    await this.run("note", "readwrite", (on) => asked(on.objectStore("note").put(value, key)));
  }

  async dropNote(key) {
    await this.run("note", "readwrite", (on) => asked(on.objectStore("note").delete(key)));
  }
}

export async function openStorage(name = NAME) {
  if (!globalThis.indexedDB) throw new StorageBroken("no IndexedDB");
  const opening = indexedDB.open(name, VERSION);
  opening.onupgradeneeded = () => {
    const db = opening.result;
    db.createObjectStore("note");
    const deliveries = db.createObjectStore("delivery", { keyPath: "id" });
    deliveries.createIndex("reported", "reported");
    deliveries.createIndex("takenAt", "takenAt");
    db.createObjectStore("window", { keyPath: "windowId" });
    const shelf = db.createObjectStore("shelf", { keyPath: "sha256" });
    shelf.createIndex("usedAt", "usedAt");
    db.createObjectStore("file");
  };
  try {
    return new Storage(await asked(opening));
  } catch (failure) {
    throw new StorageBroken(failure);
  }
}
