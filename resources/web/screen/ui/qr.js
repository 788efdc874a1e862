// A QR code that the relay has drawn, as a picture: nothing in it can run.
import { html, useEffect, useState } from "../../console/lib/html.js";

export function Qr({ svg, label }) {
  const [address, setAddress] = useState(null);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [svg]);
  return address && html`<img class="qr" src=${address} alt=${label} />`;
}
