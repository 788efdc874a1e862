// One at a time over all tabs of this browser (Web Locks); where there are none, in this page.
const here = new Map();

// `isPatient: false` does nothing while somebody else is at it.
export async function exclusively(name, work, { isPatient = true } = {}) {
  if (navigator.locks) {
    return navigator.locks.request(name, { ifAvailable: !isPatient }, (lock) => (lock ? work() : undefined));
  }
  const before = here.get(name);
  if (before && !isPatient) return undefined;
  const own = (before ?? Promise.resolve()).then(work, work);
  here.set(name, own);
  try {
    return await own;
  } finally {
    if (here.get(name) === own) here.delete(name);
  }
}
