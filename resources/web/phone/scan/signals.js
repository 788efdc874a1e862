// Sound and vibration, so that nobody has to look: a code was read, it is shown, it is not. Browsers let a page be heard
// only after the first tap on it; whoever wants silence mutes it.
import { Store } from "../../console/lib/store.js";
import { keep, kept } from "../kept.js";

export const isMuted = new Store(kept("muted", false));

// Notes as [hertz, begin, length] in seconds, and the vibration in milliseconds on, off, on, …
const SIGNALS = {
  read: { notes: [[1760, 0, 0.05]], shake: [25] },
  good: { notes: [[1047, 0, 0.09], [1568, 0.1, 0.16]], shake: [40, 40, 40] },
  wait: { notes: [[784, 0, 0.12]], shake: [60] },
  bad: { notes: [[311, 0, 0.2], [233, 0.24, 0.34]], shake: [180, 90, 180] },
};
const LOUDNESS = 0.22;
let context = null;

// Unlock sound with the person's first touch of the page.
export function unlockSound() {
  const unlock = () => {
    const Audio = window.AudioContext ?? window.webkitAudioContext;
    if (!Audio) return;
    context ??= new Audio();
    if (context.state === "suspended") context.resume().catch(() => {});
  };
  // It stays: iOS takes the sound away again when a call comes in.
  for (const kind of ["pointerup", "keydown"]) window.addEventListener(kind, unlock, { capture: true, passive: true });
}

export function setMuted(muted) {
  keep("muted", muted);
  isMuted.set(muted);
  if (!muted) signal("read");
}

export function signal(kind) {
  const { notes, shake } = SIGNALS[kind];
  // Without a touch before, browsers refuse to vibrate and complain.
  if (navigator.userActivation?.hasBeenActive !== false) navigator.vibrate?.(shake);
  if (isMuted.value || context?.state !== "running") return;
  for (const [hertz, begin, length] of notes) play(hertz, context.currentTime + begin, length);
}

function play(hertz, at, length) {
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = hertz;
  // Not cut off, which would click.
  volume.gain.setValueAtTime(LOUDNESS, at);
  volume.gain.setTargetAtTime(0, at + length * 0.7, length * 0.12);
  tone.connect(volume).connect(context.destination);
  tone.start(at);
  tone.stop(at + length * 1.4);
}
