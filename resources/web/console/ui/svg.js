// A blob's address for an SVG text: the policy of our pages forbids what is inline, an image may be a blob.
import { useEffect, useState } from "../lib/html.js";

export function useSvg(text) {
  const [address, setAddress] = useState(null);
  useEffect(() => {
    if (!text) return undefined;
    const made = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [text]);
  return address;
}
