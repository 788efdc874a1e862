// Who this screen is to the relay: the credential of its pairing, kept on the disk, refreshed before it expires.
//
// What must always hold: a refresh token is used once. The attempt is written down before it is sent, so that the same
// one can be repeated when the answer, or the power, was lost on the way.
import { ask } from "./request.js";

const NOTE = "credential";
const RENEW_SHARE = 0.7;
const FINAL = new Set(["TOKEN_INVALID", "TOKEN_EXPIRED"]);

// The relay does not take this screen's credential any more.
export class Revoked extends Error {}

export class Credentials {
  #storage;
  #kept = null;
  #access = null;
  #refreshing = null;

  constructor(storage, kept) {
    this.#storage = storage;
    this.#kept = kept;
  }

  static async open(storage) {
    return new Credentials(storage, await storage.note(NOTE));
  }

  get isPaired() {
    return this.#kept !== null;
  }

  get screenId() {
    return this.#kept?.screenId ?? null;
  }

  // Take what a pairing has given.
  async take(grant) {
    const kept = { screenId: grant.screenId, refreshToken: grant.refreshToken, attempt: null };
    await this.#storage.keepNote(NOTE, kept);
    this.#kept = kept;
    this.#hold(grant.token, grant.expiresIn);
  }

  // What ends this session at the relay.
  asRefresh() {
    return { refreshToken: this.#kept.refreshToken };
  }

  async forget() {
    this.#kept = null;
    this.#access = null;
    await this.#storage.dropNote(NOTE);
  }

  // Forget the access token: the relay did not take it.
  expired() {
    this.#access = null;
  }

  get msToRenewal() {
    return this.#access ? Math.max(0, this.#access.renewAt - Date.now()) : 0;
  }

  // An access token that is good for a while. Raises Revoked, or Problem while the relay is away.
  async token() {
    if (this.#kept === null) throw new Revoked();
    if (this.#access && this.msToRenewal > 0) return this.#access.token;
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #refresh() {
    const kept = this.#kept;
    if (!kept.attempt) {
      kept.attempt = randomName();
      await this.#storage.keepNote(NOTE, kept);
    }
    let answer;
    try {
      const body = { refreshToken: kept.refreshToken, attempt: kept.attempt };
      answer = await ask("POST", "/api/auth/refresh", { body });
    } catch (problem) {
      if (FINAL.has(problem.code)) throw new Revoked();
      throw problem;
    }
    const next = { screenId: kept.screenId, refreshToken: answer.refreshToken, attempt: null };
    await this.#storage.keepNote(NOTE, next);
    this.#kept = next;
    this.#hold(answer.accessToken, answer.expiresIn);
    return answer.accessToken;
  }

  #hold(token, expiresIn) {
    this.#access = { token, renewAt: Date.now() + expiresIn * 1000 * RENEW_SHARE };
  }
}

function randomName() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");
}
