// Who was here last, without any secret: so that the app opens without network and knows whose scans it takes. Who it
// really is, the relay says when it is there again; a scan is sent for whoever scanned it, and for nobody else.
import { Problem, resume, session } from "../../console/lib/api.js";
import { keep, kept } from "../kept.js";

const NAME = "session";

// Like resume(), but whoever was here last is taken for granted while the relay cannot be reached or cannot tell.
export async function resumeOrRemember() {
  try {
    await resume();
  } catch (problem) {
    const known = kept(NAME);
    if (!(problem instanceof Problem) || !known) throw problem;
    session.set({ ...known, isRemembered: true });
  }
}

// Ask the relay who is here, if only memory said so. Raises a Problem while it cannot be reached.
export async function ascertain() {
  if (session.value?.isRemembered) await resume();
}

session.listen((now) => {
  if (now === null) keep(NAME, null);
  if (!now || now.isRemembered) return;
  const { user, guest, name, screens } = now;
  keep(NAME, { user, guest, name, screens });
});

// Whose scans these are. A guest is whoever holds this phone at that screen: a second ticket makes nobody else of them.
export function ownerOf(now = session.value) {
  if (!now) return null;
  return now.guest ? `guest@${(now.screens?.[0] ?? "").toLowerCase()}` : `user:${now.user?.name ?? ""}`;
}
