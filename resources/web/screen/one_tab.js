// One tab of a browser is the screen; a second one waits, says so, and takes over when the first one is gone.
const NAME = "benchcast-screen";
const ASK_MS = 400;
const AGAIN_MS = 2000;

// Resolves when this tab may be the screen; `waits()` is called when another one is. It is, until it is closed.
export async function beTheScreen(waits) {
  if (navigator.locks) return byLock(waits);
  if (window.BroadcastChannel) return byAsking(waits);
  return undefined; // such a browser shows one page at a time
}

function byLock(waits) {
  return new Promise((resolve) => {
    const hold = () => {
      resolve();
      return new Promise(() => {});
    };
    navigator.locks.request(NAME, { ifAvailable: true }, (lock) => {
      if (lock) return hold();
      waits();
      navigator.locks.request(NAME, hold);
      return undefined;
    });
  });
}

// Where there are no locks (http in a LAN): whoever is the screen answers those who ask.
async function byAsking(waits) {
  const channel = new BroadcastChannel(NAME);
  const own = Math.random();
  let isScreen = false;
  let answer = null;
  channel.onmessage = ({ data }) => {
    if (data.ask !== undefined && (isScreen || data.ask > own)) channel.postMessage({ taken: data.ask });
    if (data.taken === own) answer?.(false);
  };
  for (;;) {
    const isFree = await new Promise((resolve) => {
      answer = resolve;
      channel.postMessage({ ask: own });
      setTimeout(() => resolve(true), ASK_MS);
    });
    if (isFree) {
      isScreen = true;
      return;
    }
    waits();
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
