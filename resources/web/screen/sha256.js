// SHA-256 of a file's bytes, in hex: by the browser where it offers that, which it does on secure origins alone, else here
// (FIPS 180-4).
const K = [];
const H = [];
(function constants() {
  for (let n = 2; K.length < 64; n += 1) {
    let isPrime = true;
    for (let d = 2; d * d <= n; d += 1) isPrime &&= n % d !== 0;
    if (!isPrime) continue;
    if (H.length < 8) H.push((Math.sqrt(n) * 2 ** 32) | 0);
    K.push((Math.cbrt(n) * 2 ** 32) | 0);
  }
})();

export async function sha256(bytes) {
  const digest = globalThis.crypto?.subtle
    ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
    : digestHere(new Uint8Array(bytes));
  return [...digest].map((each) => each.toString(16).padStart(2, "0")).join("");
}

export function digestHere(bytes) {
  const blocks = Math.ceil((bytes.length + 9) / 64);
  const tail = new Uint8Array(128);
  const whole = Math.floor(bytes.length / 64);
  tail.set(bytes.subarray(whole * 64));
  tail[bytes.length - whole * 64] = 0x80;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = new DataView(tail.buffer);
  end.setUint32((blocks - whole) * 64 - 8, Math.floor(bytes.length / 2 ** 29));
  end.setUint32((blocks - whole) * 64 - 4, bytes.length << 3);
  const state = Int32Array.from(H);
  const w = new Int32Array(64);
  for (let block = 0; block < blocks; block += 1) {
    const [from, at] = block < whole ? [view, block * 64] : [end, (block - whole) * 64];
    for (let i = 0; i < 16; i += 1) w[i] = from.getInt32(at + i * 4);
    turn(state, w);
  }
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((word, place) => out.setInt32(place * 4, word));
  return new Uint8Array(out.buffer);
}

const right = (x, n) => (x >>> n) | (x << (32 - n));

function turn(state, w) {
  for (let i = 16; i < 64; i += 1) {
    const s0 = right(w[i - 15], 7) ^ right(w[i - 15], 18) ^ (w[i - 15] >>> 3);
    const s1 = right(w[i - 2], 17) ^ right(w[i - 2], 19) ^ (w[i - 2] >>> 10);
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const t1 = (h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
    const t2 = ((right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, place) => {
    state[place] = (state[place] + value) | 0;
  });
}
