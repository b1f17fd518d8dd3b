import { ServerCredentials } from "@grpc/grpc-js";
import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { connect } from "../../../src/client/connect.ts";
import { createDispatch } from "../../../src/engine/gateway/dispatch.ts";
import { createGrpcServer } from "../../../src/engine/gateway/grpc-server.ts";
import { serviceMethods } from "../../../src/engine/gateway/service-methods.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { seededRandom } from "../../../src/std/random.ts";

test("a call leaves nothing behind that would make the next one dearer", async () => {
  const stopping = new AbortController();
  const service = "flyteidl.service.AdminService";
  const answer = flyteidl.admin.GetVersionResponse.encode({}).finish();
  const methods = serviceMethods([{ service, unary: { GetVersion: async () => answer } }]);
  const log = (): void => {};
  const dispatch = createDispatch({ logger: { info: log, warn: log, error: log } });
  const health = { serving: () => true, onChange: () => () => undefined };
  const server = createGrpcServer(methods, dispatch, { random: seededRandom(1), clock: systemClock, health }, stopping.signal);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const client = connect({ endpoint: `127.0.0.1:${port}`, insecure: true });
  try {
    const before = getEventListeners(stopping.signal, "abort").length;
    for (let call = 0; call < 5; call++) await client.unary(service, "GetVersion", new Uint8Array());
    expect(getEventListeners(stopping.signal, "abort").length).toBe(before);
  } finally {
    await client.close();
    server.forceShutdown();
  }
});
