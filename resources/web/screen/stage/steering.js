// Steering by phones: performs their wishes at once, and says what is seen then (relay/contract/steering.py).
//
// Nothing is loaded, placed or written down for a wish. The newest one holds, whoever it is from; a wish for another
// sheet than the one that is seen is late.
const POINTER_MS = 1500;
const STEERING_MS = 2000;

export class Steering {
  #pane;
  #tell;
  #hands = new Map();

  // `pane(windowId)` finds a window, `tell(windowId, state)` passes on what is seen.
  constructor(pane, tell) {
    this.#pane = pane;
    this.#tell = tell;
  }

  wished({ windowId = "main", sheet, viewport, pointer, by, hand }) {
    const pane = this.#pane(windowId);
    if (!pane?.scene || (sheet && sheet !== sheetOf(pane))) return;
    const before = this.#hands.get(windowId);
    clearTimeout(before?.timer);
    const timer = setTimeout(() => this.#leave(windowId), STEERING_MS);
    const now = { by, hand, timer, sheet: sheetOf(pane), pointer: before?.pointer ?? null, pointed: before?.pointed };
    this.#hands.set(windowId, now);
    if (pointer !== undefined) this.#point(pane, now, pointer);
    if (viewport && pane.scene.paper) pane.steer(viewport);
    this.saw(windowId);
  }

  // What a window shows has changed: say so.
  saw(windowId) {
    const pane = this.#pane(windowId);
    if (!pane?.scene) {
      this.#forget(windowId);
      return this.#tell(windowId, { windowId });
    }
    const { content, look, paper } = pane.scene;
    const sheet = sheetOf(pane);
    if (this.#hands.has(windowId) && this.#hands.get(windowId).sheet !== sheet) {
      // Nobody has pointed at anything of this sheet yet.
      this.#forget(windowId);
      showPointer(pane, null);
    }
    const hand = this.#hands.get(windowId);
    const state = {
      windowId,
      kind: content.kind,
      sheet,
      page: pane.page,
      pages: pane.pages,
      rotate: look.rotate || undefined,
      ...pane.seen(),
      pointer: hand?.pointer,
      can: paper ? ["viewport", "pointer"] : ["pointer"],
      by: hand?.by,
      hand: hand?.hand,
      orderId: content.orderId,
      documentId: content.documentId,
      sha256: content.sha256,
      title: content.title ?? content.url,
      revision: content.revision,
      blank: pane.isBlank || undefined,
    };
    if (hand?.pointer) showPointer(pane, hand.pointer);
    return this.#tell(windowId, Object.fromEntries(Object.entries(state).filter(([, value]) => value != null)));
  }

  #point(pane, hand, pointer) {
    clearTimeout(hand.pointed);
    hand.pointer = pointer;
    showPointer(pane, pointer);
    if (!pointer) return;
    hand.pointed = setTimeout(() => {
      hand.pointer = null;
      showPointer(pane, null);
      this.saw(pane.windowId);
    }, POINTER_MS);
  }

  #leave(windowId) {
    this.#forget(windowId);
    if (this.#pane(windowId)?.scene) this.saw(windowId);
  }

  #forget(windowId) {
    const hand = this.#hands.get(windowId);
    clearTimeout(hand?.timer);
    clearTimeout(hand?.pointed);
    this.#hands.delete(windowId);
  }
}

function sheetOf({ scene, page }) {
  return page === null ? scene.content.triggerId : `${scene.content.triggerId} ${page} ${scene.look.rotate}`;
}

function showPointer(pane, pointer) {
  pane.pointer.hidden = !pointer;
  if (!pointer) return;
  const { left, top } = pane.spot(pointer);
  pane.pointer.style.left = `${left}px`;
  pane.pointer.style.top = `${top}px`;
}
