import { createEngine } from "../../src/engine/engine.ts";
import { startGateway } from "../../src/engine/gateway/start-gateway.ts";
import { sandboxSettings } from "../../src/engine/settings.ts";
import { connect } from "../../src/client/connect.ts";
import type { FlyteClient } from "../../src/client/connect.ts";
import { systemClock } from "../../src/std/clock.ts";
import { seededRandom } from "../../src/std/random.ts";
import { openStores } from "../../src/stores/sql/open-stores.ts";
import { MemoryBlobStore } from "./memory-blob-store.ts";

export interface ServedEngine extends AsyncDisposable {
  readonly client: FlyteClient;
  /** `http://127.0.0.1:…` */
  readonly url: string;
}

/** A fresh control plane on a port, with nothing that runs workflows, and a client of it. */
export async function serveEngine(): Promise<ServedEngine> {
  const log = (): void => undefined;
  const logger = { debug: log, info: log, warn: log, error: log };
  const stores = await openStores({ path: ":memory:", clock: systemClock });
  const engine = createEngine({
    ...stores,
    blobs: new MemoryBlobStore(() => systemClock.now()),
    plugins: () => [],
    clock: systemClock,
    random: seededRandom(3),
    settings: { ...sandboxSettings, domains: ["development", "staging", "production"] },
    version: "1.2.3",
    owner: "test",
    logger,
    roles: ["admin", "datacatalog"],
  });
  await engine.start();
  const gateway = await startGateway({
    services: engine.services,
    ports: [0],
    host: "127.0.0.1",
    health: { serving: () => true, onChange: () => () => undefined },
    allowedOrigins: [],
    allowedHosts: [],
    logger,
    clock: systemClock,
    random: seededRandom(1),
    version: "1.2.3",
  });
  const client = connect({ endpoint: `127.0.0.1:${gateway.ports[0]}`, insecure: true });
  return {
    client,
    url: `http://127.0.0.1:${gateway.ports[0]}`,
    async [Symbol.asyncDispose]() {
      await client.close();
      await gateway.close();
      await engine.stop();
      await stores.close();
    },
  };
}
