// Whether a WebSocket to the relay comes up at all; nobody signs in, and no other line is disturbed.
export function socketWorks(ms = 6000) {
  return new Promise((resolve) => {
    const address = new URL("/socket.io/?EIO=4&transport=websocket", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const probe = new WebSocket(address);
    const end = (works) => {
      clearTimeout(timer);
      probe.onmessage = probe.onerror = probe.onclose = null;
      probe.close();
      resolve(works);
    };
    const timer = setTimeout(() => end(false), ms);
    probe.onmessage = () => end(true);
    probe.onerror = probe.onclose = () => end(false);
  });
}
