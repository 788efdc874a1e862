// Where scans are written down before they are sent: IndexedDB, shared by every tab of this browser. Where the browser
// keeps nothing (a private window), this page's own memory, and `isLasting` says so.
import { Store } from "../../console/lib/store.js";

const NAME = "benchcast-scans";
const SHELF = "scans";
// A browser that is asked while it tidies may never answer; a scan does not wait for it.
const PATIENCE_MS = 1500;

export const isLasting = new Store(true);

const memory = new Map();
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const asking = indexedDB.open(NAME, 1);
    asking.onupgradeneeded = () => asking.result.createObjectStore(SHELF, { keyPath: "id" });
    asking.onsuccess = () => {
      const database = asking.result;
      database.onversionchange = () => database.close();
      database.onclose = () => {
        opening = null;
      };
      resolve(database);
    };
    asking.onerror = () => reject(asking.error);
    asking.onblocked = () => reject(new Error("blocked"));
  }).catch((problem) => {
    opening = null;
    throw problem;
  });
  return opening;
}

// Read all scans, let `work(scans, put, drop)` change them, and keep what it did: at once, or not at all.
export async function change(work) {
  try {
    return await within(inDatabase(work));
  } catch {
    isLasting.set(false);
    return inMemory(work);
  }
}

export const all = () => change((scans) => scans);

async function inDatabase(work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    // `strict`: when this has ended, the scan is on the disk, and not only on its way there.
    const deed = database.transaction(SHELF, "readwrite", { durability: "strict" });
    const shelf = deed.objectStore(SHELF);
    let result;
    deed.oncomplete = () => resolve(result);
    deed.onerror = () => reject(deed.error);
    deed.onabort = () => reject(deed.error ?? new Error("stopped"));
    const asking = shelf.getAll();
    asking.onsuccess = () => {
      result = work(
        asking.result,
        (scan) => shelf.put(scan),
        (id) => shelf.delete(id),
      );
    };
  });
}

function inMemory(work) {
  return work(
    [...memory.values()],
    (scan) => memory.set(scan.id, structuredClone(scan)),
    (id) => memory.delete(id),
  );
}

function within(promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("late")), PATIENCE_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
