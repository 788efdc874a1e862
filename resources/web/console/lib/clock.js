// The time that passes, for pages that count down or say how long ago something was.
import { useEffect, useState } from "./html.js";

// The time in milliseconds, anew every `ms`; it stands still while the page is hidden.
export function useNow(ms = 1000) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => document.hidden || setNow(Date.now()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now;
}
