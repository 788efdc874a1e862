// Which revision of a document was shown last, of the latest 300 documents, also over reloads.
const NOTE = "revisions";
const MOST = 300;

export class Revisions {
  #storage;
  #shown;

  constructor(storage, shown) {
    this.#storage = storage;
    this.#shown = new Map(shown);
  }

  static async open(storage) {
    return new Revisions(storage, (await storage.note(NOTE)) ?? []);
  }

  // The other revision that was shown of this document before; empty if there was none.
  before(content) {
    const before = this.#shown.get(nameOf(content)) ?? "";
    return content.revision && before !== content.revision ? before : "";
  }

  shown(content) {
    const name = nameOf(content);
    if (!name || !content.revision || this.#shown.get(name) === content.revision) return;
    this.#shown.delete(name);
    this.#shown.set(name, content.revision);
    for (const old of [...this.#shown.keys()].slice(0, -MOST)) this.#shown.delete(old);
    this.#storage.keepNote(NOTE, [...this.#shown]).catch(() => {});
  }
}

function nameOf({ documentId, orderId, url }) {
  return documentId || url || orderId;
}
