// What one tap unlocks: sound, full screen, and a screen that stays awake. The last is taken again whenever the page is
// seen again, for browsers take it away when it is hidden.
import { Store } from "../console/lib/store.js";

const TONES = {
  info: [[660, 0, 0.15]],
  good: [[660, 0, 0.12], [990, 0.14, 0.2]],
  warning: [[440, 0, 0.2], [440, 0.3, 0.2]],
  alarm: [[880, 0, 0.2], [620, 0.25, 0.2], [880, 0.5, 0.2], [620, 0.75, 0.25]],
};

// Whether somebody has touched this page since it was loaded.
export const isUnlocked = new Store(false);
let speaker = null;
let lock = null;

export async function unlock() {
  const Audio = window.AudioContext ?? window.webkitAudioContext;
  if (Audio) speaker ??= new Audio();
  // Where one of them is refused or unknown, the others are still worth having.
  await Promise.allSettled([
    speaker?.resume(),
    document.fullscreenElement ? null : document.documentElement.requestFullscreen?.({ navigationUI: "hide" }),
    stayAwake(),
  ]);
  isUnlocked.set(true);
}

export async function stayAwake() {
  if (!navigator.wakeLock || document.hidden || (lock && !lock.released)) return;
  try {
    lock = await navigator.wakeLock.request("screen");
  } catch {
    lock = null; // a low battery, for one; asked again when the page is seen again
  }
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) stayAwake();
});

// Returns whether it could be heard.
export function play(level) {
  if (!speaker || speaker.state !== "running") return false;
  for (const [pitch, from, length] of TONES[level] ?? TONES.info) {
    const tone = speaker.createOscillator();
    const volume = speaker.createGain();
    const start = speaker.currentTime + from;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.4, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + length);
    tone.connect(volume).connect(speaker.destination);
    tone.start(start);
    tone.stop(start + length);
  }
  return true;
}
