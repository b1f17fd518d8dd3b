import { openFileBlobStore } from "../../../src/stores/objects/file-blob-store.ts";
import { startS3Server } from "../../../src/stores/objects/s3-server.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { systemRandom } from "../../../src/std/random.ts";
import { bucket, credentials } from "./opened-store.ts";

// A server in a process of its own, to be killed. Writes its port, and on every line of its input how much memory it uses.
const [directory = ""] = process.argv.slice(2);
const blobs = await openFileBlobStore({ directory, clock: systemClock, random: systemRandom, buckets: [bucket] });
const server = await startS3Server({
  blobs,
  clock: systemClock,
  random: systemRandom,
  host: "127.0.0.1",
  port: 0,
  credentials: [credentials],
});
process.stdout.write(`${server.port}\n`);
process.stdin.on("data", () => process.stdout.write(`${process.resourceUsage().maxRSS * 1024}\n`));
process.stdin.on("end", () => process.exit());
