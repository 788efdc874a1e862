// What this phone remembers of its user's choices. Where storage is forbidden, it remembers until the page is closed.
const PREFIX = "benchcast.phone.";
const here = new Map();

export function kept(name, otherwise = null) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    if (text !== null) return JSON.parse(text);
  } catch {
    // Below.
  }
  return here.get(name) ?? otherwise;
}

export function keep(name, value) {
  if (value === null) here.delete(name);
  else here.set(name, value);
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // It holds for this page then.
  }
}
