// A daemon to be killed: opens the local backend in DIRECTORY with SLOTS slots, creates the attempts given as JSON, prints
// a line for every state it sees, and stays.
import type { ComputeSpec } from "../../../src/ports/compute-backend.ts";
import { openBackend } from "./open-backend.ts";

const [directory = "", slots = "2", specs = "[]", warm = "cold"] = process.argv.slice(2);
const backend = await openBackend(directory, { slots: Number(slots), warm: warm === "warm" });
backend.subscribe(async (name) => {
  process.stdout.write(`${name} ${(await backend.status(name))?.state ?? "GONE"}\n`);
});
for (const spec of JSON.parse(specs) as ComputeSpec[]) {
  await backend.create(spec);
  process.stdout.write(`${spec.name} CREATED\n`);
}
setInterval(() => undefined, 1000);
