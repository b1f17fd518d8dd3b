import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";

const loopback = [
  { address: "127.0.0.1", family: 4 },
  { address: "::1", family: 6 },
];

/** The system's name lookup, but `localhost` is answered at once: asking the system for it costs a start of the thread pool (5 ms). */
export const localhostLookup: LookupFunction = (hostname, options, callback) => {
  if (hostname !== "localhost") return systemLookup(hostname, options, callback);
  const wanted = options.family === 6 || options.family === "IPv6" ? loopback.slice(1) : options.family ? loopback.slice(0, 1) : loopback;
  if (options.all) callback(null, wanted);
  else callback(null, wanted[0]?.address ?? "127.0.0.1", wanted[0]?.family);
};
