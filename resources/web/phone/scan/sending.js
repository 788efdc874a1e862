// Sends scans and keeps them until they have ended: the queue does.
export { again, entries, forget, submit } from "../queue/queue.js";
