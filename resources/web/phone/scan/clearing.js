// What is out of focus, made clear again. A lens that is out of focus spreads each point like a bell curve; while some
// contrast is left between the bars, that can be undone (Wiener's filter), which zxing's own sharpening cannot. Pure.
//
// How far a point was spread is not known, so several widths are tried. Bars are the same all along, so few lines are
// enough, each the mean of some rows (which takes the noise out that the filter would blow up); all lines that come of it
// are one small picture, in which zxing wants two that say the same. Squares are larger than bars, so a third of the
// picture's size is enough for them.

const BANDS = 16;
const ROWS = 8;
const FINER = 3; // a bar's edge lies between two points of the picture
const NOISE = 0.003; // of the contrast; less noise than this lets the filter do more
// Two ways, so that the second one does not simply repeat what the first one got wrong.
const BAR_WIDTHS = [
  [1.2, 1.7, 2.3, 3],
  [1.4, 2, 2.6, 3.3],
];
const SQUARES = [
  { width: 1.8, noise: 0.01 },
  { width: 2.3, noise: 0.002 },
];
const SHRUNK = 3;
const SQUARES_FINER = 2;
// Light and dark are found within about this many points of the finer picture; less contrast than this is paper.
const NEAR = { bars: 240, squares: 48 };
const LEAST_CONTRAST = 16;

const BARS = ["Code128", "Code39", "EAN13", "EAN8", "ITF", "DataBarExp"];
const PATTERNS = ["DataMatrix", "QRCode", "PDF417"];
// What comes out is nearly black and white, with the threshold in the middle.
const OPTIONS = { binarizer: "FixedThreshold", tryRotate: false, tryDownscale: false, tryInvert: false };

// The ways to clear a picture, cheapest first: {pixels, options for zxing, isLying: lines were columns}.
export function* cleared(pixels, way) {
  const grey = greyOf(pixels);
  for (const isLying of [false, true]) {
    yield { pixels: clearBars(grey, BAR_WIDTHS[way], isLying), options: { ...OPTIONS, formats: BARS }, isLying };
  }
  yield { pixels: clearSquares(grey, SQUARES[way]), options: { ...OPTIONS, formats: PATTERNS }, isLying: false };
}

export function greyOf({ width, height, data }) {
  const values = new Float32Array(width * height);
  for (let at = 0; at < values.length; at += 1) {
    values[at] = (data[at * 4] * 77 + data[at * 4 + 1] * 150 + data[at * 4 + 2] * 29) / 256;
  }
  return { values, width, height };
}

// Lines across the picture, cleared in every width; those of one place lie together, so that a code is found at its place.
function clearBars(grey, widths, isLying) {
  const length = isLying ? grey.height : grey.width;
  const lines = new Float32Array(length * FINER * BANDS * widths.length);
  const clear = new Float32Array(length);
  let begin = 0;
  for (let band = 0; band < BANDS; band += 1) {
    const line = meanLine(grey, (band + 0.5) / BANDS, isLying);
    for (const width of widths) {
      const finer = lines.subarray(begin, (begin += length * FINER));
      filter(line, kernelOf(width, NOISE), clear, 1);
      refine(clear, FINER, finer, 1);
      level(finer, finer.length, 1, NEAR.bars);
    }
  }
  return pixelsOf(lines, length * FINER, BANDS * widths.length);
}

// The mean of some rows (columns where it lies) around a place between 0 and 1.
function meanLine({ values, width, height }, place, isLying) {
  const [length, across, step, stride] = isLying ? [height, width, width, 1] : [width, height, 1, width];
  const rows = Math.min(ROWS, across);
  const first = Math.max(0, Math.min(across - rows, Math.round(place * across - rows / 2)));
  const line = new Float32Array(length);
  for (let row = first; row < first + rows; row += 1) {
    for (let at = 0; at < length; at += 1) line[at] += values[row * stride + at * step] / rows;
  }
  return line;
}

function clearSquares(grey, { width: spread, noise }) {
  const { values, width, height } = shrunk(grey, SHRUNK);
  const kernel = kernelOf(spread, noise);
  // Each pass writes its lines as columns, so that after two of them the picture stands upright again.
  const passes = [
    [filter, kernel, 1],
    [filter, kernel, 1],
    [refine, SQUARES_FINER, SQUARES_FINER],
    [refine, SQUARES_FINER, SQUARES_FINER],
  ];
  let picture = { values, width, height };
  for (const [change, by, times] of passes) picture = turnedOver(picture, change, by, times);
  level(picture.values, picture.width, picture.height, NEAR.squares);
  return pixelsOf(picture.values, picture.width, picture.height);
}

// Every line of a picture changed, `times` longer then, and written as a column.
function turnedOver({ values, width, height }, change, by, times) {
  const to = new Float32Array(values.length * times);
  for (let y = 0; y < height; y += 1) change(values.subarray(y * width, (y + 1) * width), by, to.subarray(y), height);
  return { values: to, width: height, height: width * times };
}

function shrunk({ values, width, height }, factor) {
  const small = { width: Math.max(1, Math.floor(width / factor)), height: Math.max(1, Math.floor(height / factor)) };
  const means = new Float32Array(small.width * small.height);
  for (let y = 0; y < Math.min(height, small.height * factor); y += 1) {
    const row = Math.floor(y / factor) * small.width;
    for (let x = 0; x < small.width; x += 1) {
      for (let each = x * factor; each < Math.min(width, (x + 1) * factor); each += 1) {
        means[row + x] += values[y * width + each] / (factor * factor);
      }
    }
  }
  return { values: means, ...small };
}

const FREQUENCIES = 256;
const kernels = new Map();

// The filter that undoes a spread of so many points (a Gaussian's sigma).
function kernelOf(width, noise) {
  const name = `${width} ${noise}`;
  if (!kernels.has(name)) kernels.set(name, kernelFor(width, noise));
  return kernels.get(name);
}

function kernelFor(width, noise) {
  const reach = Math.ceil(3 * width) + 4;
  const taps = new Float32Array(2 * reach + 1);
  for (let tap = -reach; tap <= reach; tap += 1) {
    let sum = 0;
    for (let step = 0; step < FREQUENCIES; step += 1) {
      const frequency = (step + 0.5) / FREQUENCIES / 2;
      const kept = Math.exp(-2 * (Math.PI * width * frequency) ** 2);
      sum += (kept / (kept * kept + noise)) * Math.cos(2 * Math.PI * frequency * tap);
    }
    taps[tap + reach] = sum * (0.5 + 0.5 * Math.cos((Math.PI * tap) / (reach + 1))); // fading out, or it would ring
  }
  const all = taps.reduce((sum, tap) => sum + tap, 0);
  return taps.map((tap) => tap / all);
}

// Filter one line into `to`, whose points lie `step` apart.
function filter(line, taps, to, step) {
  const reach = (taps.length - 1) / 2;
  const padded = new Float32Array(line.length + 2 * reach).fill(line[0], 0, reach).fill(line[line.length - 1], reach + line.length);
  padded.set(line, reach);
  for (let at = 0; at < line.length; at += 1) {
    let sum = taps[reach] * padded[at + reach];
    for (let away = 1; away <= reach; away += 1) sum += taps[reach + away] * (padded[at + reach - away] + padded[at + reach + away]);
    to[at * step] = sum;
  }
}

// Write one line `times` finer, on a smooth curve through its points (Catmull and Rom's).
function refine(line, times, to, step) {
  const last = line.length - 1;
  for (let part = 0; part < times; part += 1) {
    const shift = (part + 0.5) / times - 0.5;
    const [back, t] = shift < 0 ? [1, shift + 1] : [0, shift];
    const [a, b, c, d] = [
      t * (-0.5 + t * (1 - 0.5 * t)),
      1 + t * t * (-2.5 + 1.5 * t),
      t * (0.5 + t * (2 - 1.5 * t)),
      t * t * (-0.5 + 0.5 * t),
    ];
    for (let at = 0; at <= last; at += 1) {
      const from = at - back;
      const [before, first] = [line[from < 1 ? 0 : from - 1], line[from < 0 ? 0 : from]];
      const [second, after] = [line[from < last ? from + 1 : last], line[from + 1 < last ? from + 2 : last]];
      to[(at * times + part) * step] = a * before + b * first + c * second + d * after;
    }
  }
}

// Spread light and dark, as they are nearby, over the whole range; where nothing is but paper, it is white.
function level(values, width, height, near) {
  const [columns, rows] = [Math.ceil(width / near), Math.ceil(height / near)];
  const low = new Float32Array(columns * rows).fill(Infinity);
  const high = new Float32Array(columns * rows).fill(-Infinity);
  for (let y = 0, at = 0; y < height; y += 1) {
    const row = Math.floor(y / near) * columns;
    for (let x = 0; x < width; x += 1, at += 1) {
      const block = row + Math.floor(x / near);
      if (values[at] < low[block]) low[block] = values[at];
      if (values[at] > high[block]) high[block] = values[at];
    }
  }
  const [lows, highs] = [nearby(low, columns, rows, Math.min), nearby(high, columns, rows, Math.max)];
  for (let y = 0, at = 0; y < height; y += 1) {
    const row = Math.floor(y / near) * columns;
    for (let x = 0; x < width; x += 1, at += 1) {
      const block = row + Math.floor(x / near);
      const contrast = highs[block] - lows[block];
      values[at] = contrast < LEAST_CONTRAST ? 255 : ((values[at] - lows[block]) / contrast) * 255;
    }
  }
}

// Of each block the extreme of its own and its neighbours' values.
function nearby(values, columns, rows, extreme) {
  return values.map((_, block) => {
    const [x, y] = [block % columns, Math.floor(block / columns)];
    let found = values[block];
    for (let row = Math.max(0, y - 1); row <= Math.min(rows - 1, y + 1); row += 1) {
      for (let column = Math.max(0, x - 1); column <= Math.min(columns - 1, x + 1); column += 1) {
        found = extreme(found, values[row * columns + column]);
      }
    }
    return found;
  });
}

function pixelsOf(values, width, height) {
  const data = new Uint8ClampedArray(values.length * 4);
  for (let at = 0; at < values.length; at += 1) {
    data[at * 4] = data[at * 4 + 1] = data[at * 4 + 2] = values[at];
    data[at * 4 + 3] = 255;
  }
  return { width, height, data };
}
