// A picture of what a window shows, brought to the relay: of the drawn page alone, never of anything over it.
import { say } from "../../console/lib/i18n.js";
import { ask } from "../link/request.js";
import { CannotShow } from "./cannot_show.js";

export class Camera {
  #token;
  #isAllowed;

  // `isAllowed()` is this screen's own privacy switch.
  constructor(token, isAllowed) {
    this.#token = token;
    this.#isAllowed = isAllowed;
  }

  async photograph(id, pane, signal) {
    if (!this.#isAllowed()) throw new CannotShow("SCREENSHOT_NOT_ALLOWED", say("screen.why.no_pictures"));
    const picture = await new Promise((resolve) => pane.canvas.toBlob(resolve, "image/png"));
    if (!picture) throw new CannotShow("SCREEN_UNHEALTHY", say("screen.why.no_memory"));
    try {
      return await ask("PUT", `/api/trigger/${id}/screenshot`, { token: await this.#token(), body: picture, signal });
    } catch (problem) {
      if (signal?.aborted) throw problem;
      throw new CannotShow(problem.status ? problem.code : "CONNECTION_REFUSED", problem.detail || say("screen.why.not_sent"));
    }
  }
}
