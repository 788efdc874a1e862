// Which part of the camera's picture lies under the aiming frame, and how large it is looked at. Pure.

// The video fills its box as `object-fit: cover` does; `frame` is the aiming frame in fractions of the box. Returns whole
// pixels of the picture, with a margin around the frame, because nobody aims exactly.
export function regionUnder(frame, box, picture, margin = 0.08) {
  const scale = Math.max(box.width / picture.width, box.height / picture.height);
  const left = (picture.width - box.width / scale) / 2;
  const top = (picture.height - box.height / scale) / 2;
  const x = left + ((frame.x - margin * frame.width) * box.width) / scale;
  const y = top + ((frame.y - margin * frame.height) * box.height) / scale;
  const width = (frame.width * (1 + 2 * margin) * box.width) / scale;
  const height = (frame.height * (1 + 2 * margin) * box.height) / scale;
  const begin = { x: clamp(x, picture.width - 1), y: clamp(y, picture.height - 1) };
  return {
    ...begin,
    width: Math.max(1, Math.min(Math.round(width), picture.width - begin.x)),
    height: Math.max(1, Math.min(Math.round(height), picture.height - begin.y)),
  };
}

// Not larger than `longest` on its longer side.
export function reduced({ width, height }, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function clamp(value, most) {
  return Math.max(0, Math.min(Math.round(value), most));
}
