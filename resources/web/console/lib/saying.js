// What a page says where there is no WebSocket: one request at a time, which takes along whatever has piled up meanwhile.
//
// What must always hold: events go in their order, and each is answered as on a socket. What waits is bounded: a finger's
// wishes for one window are joined into the newest of each part, as the relay itself joins them.
import { post } from "./api.js";

const PATH = "/api/events/say";
// What one request may hold; `relay/contract/streams.py` says the same.
const MOST = 32;

// `ended()` is called once the relay no longer knows `line`.
export function mouth(line, ended) {
  let waiting = [];
  let isSaying = false;
  const say = async () => {
    if (isSaying) return;
    isSaying = true;
    while (waiting.length) {
      const now = waiting.splice(0, MOST);
      const events = now.map(({ event, data }) => ({ event, data }));
      try {
        const { answers } = await post(PATH, { line, events });
        now.forEach(({ hearers }, index) => hearers.forEach(({ resolve }) => resolve(answers[index])));
      } catch (problem) {
        now.forEach(({ hearers }) => hearers.forEach(({ reject }) => reject(problem)));
        if (problem.code === "LINE_ENDED") ended();
        await new Promise((resolve) => setTimeout(resolve, problem.retryAfterMs ?? 0));
      }
    }
    isSaying = false;
  };
  return (event, data = {}, timeoutMs = 5000) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("No answer in time")), timeoutMs);
      const hearer = {
        resolve: (value) => (clearTimeout(late), resolve(value)),
        reject: (problem) => (clearTimeout(late), reject(problem)),
      };
      const last = waiting.at(-1);
      if (event === "steer" && last?.event === "steer" && isOneWish(last.data, data)) {
        last.data = { ...last.data, ...data };
        last.hearers.push(hearer);
      } else if (waiting.length < MOST) waiting.push({ event, data, hearers: [hearer] });
      else hearer.reject(new Error("Too much waits to be said"));
      say();
    });
}

const isOneWish = (one, other) => ["screenId", "windowId", "hand", "sheet"].every((name) => one[name] === other[name]);
