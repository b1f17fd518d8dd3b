import Long from "long";
import { expect, test } from "vitest";
import { createSignalService } from "../../../src/engine/admin/signal-service.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { systemRandom } from "../../../src/std/random.ts";
import { openLinks } from "../../../src/links/open-links.ts";
import { openAdmin } from "../admin/admin-kit.ts";
import { openRemote } from "../datacatalog/open-catalog.ts";

const execution = { project: "p", domain: "d", name: "ex" };
const type = { simple: flyteidl.core.SimpleType.INTEGER };

test("signals of an admin in another process are created, and read once they are set", async () => {
  const kit = await openAdmin();
  const { links, close } = await openRemote(createSignalService(kit.deps));
  try {
    expect(await links.signals.getOrCreate(execution, "go", type)).toBeUndefined();
    const value = { scalar: { primitive: { integer: Long.fromNumber(3) } } };
    await kit.call("SetSignal", { id: { signalId: "go", executionId: execution }, value });
    expect(await links.signals.getOrCreate(execution, "go", type)).toMatchObject(value);
    await expect(links.signals.getOrCreate(execution, "", type)).rejects.toMatchObject({ status: "INVALID_ARGUMENT" });
  } finally {
    await close();
  }
  const gone = openLinks({ admin: "localhost:1", catalog: "localhost:1", clock: systemClock, random: systemRandom });
  try {
    await expect(gone.signals.getOrCreate(execution, "go", type)).rejects.toMatchObject({ status: "UNAVAILABLE" });
  } finally {
    await gone.close();
  }
});
