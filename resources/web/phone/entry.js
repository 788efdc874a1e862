// How somebody comes in: by the link that an idle screen shows as a QR, or by the account that they have.
import { get, mayAs, post, session } from "../console/lib/api.js";
import { Store } from "../console/lib/store.js";
import { resumeOrRemember } from "./queue/remembered.js";
import { chooseScreen, isSame, recall } from "./scan/bench.js";
import { readJoin } from "./scan/meaning.js";

// Taken out of the address before anything is drawn or asked, so that no history and no picture keeps it.
let ticketAtStart = takeJoin();

// null, or why the link could not be used.
export const joinProblem = new Store(null);

// The link in the address, once.
export function takeJoin() {
  const found = readJoin(location.href);
  if (found) history.replaceState(null, "", location.pathname + location.search);
  return found;
}

// Find out who is here; use the link, if one was opened. Raises a Problem if the relay cannot be reached.
export async function begin() {
  await resumeOrRemember();
  const link = ticketAtStart;
  if (link) {
    try {
      await join(link);
    } catch (problem) {
      joinProblem.set(problem);
      if (problem.status === 0) throw problem; // the relay did not hear of it: the link may still be used
    }
    ticketAtStart = null;
  }
  if (session.value) recall();
}

// Go to the screen of a link; a typed code has no screen, that is told by the relay. Who has signed in and may scan goes there as they are; everybody else becomes its guest.
export async function join({ ticket, screenId }) {
  joinProblem.set(null);
  if (!screenId || !(await maySee(screenId))) {
    session.set(await post("/api/join", { ticket }, { headers: { "X-Benchcast": "1" } }));
    recall();
  }
  chooseScreen(screenId ?? session.value.screens[0]);
}

async function maySee(screenId) {
  const now = session.value;
  if (now?.guest) return now.screens.some((each) => isSame(each, screenId));
  if (!now || !mayAs("operator")) return false;
  try {
    await get(`/api/screens/${encodeURIComponent(screenId)}`);
    return true;
  } catch (problem) {
    if (problem.status === 0) throw problem;
    return false;
  }
}
