// What a screen without WebSocket says: acknowledgements, outcomes and presence as requests, one after the other.
import { ask } from "./request.js";

const PATHS = { presence: "/api/presence", outcome: "/api/outcome", viewport: "/api/steering" };

// `token()` gives the newest access token. What is said counts for the line whose `gen` it brings.
export function posted(token) {
  let gen = null;
  let queue = Promise.resolve();
  const post = (path, body, timeoutMs) => {
    const turn = queue.then(() => ask("POST", path, { body, token: token(), timeoutMs }));
    queue = turn.catch(() => {});
    return turn;
  };
  return {
    begins(hello) {
      gen = hello.gen;
    },
    tell(event, payload) {
      post(`${PATHS[event]}?gen=${gen}`, payload).catch(() => {});
    },
    // The answer of a socket and that of a request are one form: `success`, or the problem's `code`.
    async ask(event, payload, ms) {
      try {
        await post(PATHS[event], payload, ms);
        return { success: true };
      } catch (problem) {
        if (problem.status) return { success: false, code: problem.code };
        throw problem;
      }
    },
    // Acknowledges a command, or answers `status?`.
    answer(value) {
      if (value === undefined || value === null) return;
      const { received, ...fields } = value;
      const body = received === undefined ? value : { ...fields, state: received ? "received" : "refused" };
      post("/api/outcome", { ...body, gen }).catch(() => {});
    },
  };
}
