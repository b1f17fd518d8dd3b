import net from "node:net";
import { expect, test } from "vitest";
import { adminClient } from "../../../src/client/admin-client.ts";
import { connect } from "../../../src/client/connect.ts";
import { scratchGateway } from "./scratch-gateway.ts";

const client = (port: number): ReturnType<typeof connect> => connect({ endpoint: `127.0.0.1:${port}`, insecure: true });
const now = (): number => performance.now();

test("a drain lets the calls in flight end, refuses new connections, and then is over at once", async () => {
  const gateway = await scratchGateway();
  const grpc = client(gateway.port);
  const calls = Array.from({ length: 20 }, () => adminClient(grpc).getExecutionData({}));
  const viaHttp = fetch(`http://127.0.0.1:${gateway.port}/api/v1/data/executions/p/d/e`);
  await expect.poll(() => gateway.seen.filter(({ context }) => context.method.endsWith("/GetExecutionData")).length).toBe(21);
  const started = now();
  const drained = gateway.drain(10_000);
  await expect(
    new Promise((resolve, reject) => net.connect(gateway.port, "127.0.0.1").once("connect", resolve).once("error", reject)),
  ).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(await Promise.all(calls)).toHaveLength(20);
  expect((await viaHttp).status).toBe(200);
  await drained;
  expect(now() - started).toBeLessThan(3_000);
  await grpc.close();
});

test("a drain ends streams with UNAVAILABLE, also when their source hears nothing", async () => {
  const gateway = await scratchGateway();
  const grpc = client(gateway.port);
  const streams = ["forever", "deaf"].map(async (name) => {
    const sequences: number[] = [];
    try {
      for await (const event of adminClient(grpc).watchExecution({ id: { project: "p", domain: "d", name } }))
        sequences.push(Number(event.sequence));
    } catch (error) {
      return { sequences, error };
    }
    return { sequences, error: undefined };
  });
  await expect.poll(() => gateway.seen.length).toBe(2);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const started = now();
  await gateway.drain(10_000);
  expect(now() - started).toBeLessThan(3_000);
  for (const { sequences, error } of await Promise.all(streams)) {
    expect(sequences).toEqual([1, 2, 3]);
    expect(error).toMatchObject({ status: "UNAVAILABLE", message: "the server is shutting down" });
  }
  await grpc.close();
});

test("what does not end in time is cut off", async () => {
  const gateway = await scratchGateway();
  const grpc = client(gateway.port);
  const call = adminClient(grpc)
    .createTask({})
    .then(() =>
      adminClient(grpc)
        .terminateExecution({})
        .then(() => grpc.unary("flyteidl.service.AdminService", "GetExecution", new Uint8Array())),
    );
  const idle = net.connect(gateway.port, "127.0.0.1");
  const idleClosed = new Promise((resolve) => idle.once("close", resolve));
  await expect.poll(() => gateway.seen.some(({ context }) => context.method.endsWith("/GetExecution"))).toBe(true);
  const started = now();
  const refused = expect(call).rejects.toMatchObject({ name: expect.stringMatching(/Error/) as string });
  await gateway.drain(200);
  expect(now() - started).toBeGreaterThan(190);
  expect(now() - started).toBeLessThan(3_000);
  await refused;
  await idleClosed;
  await grpc.close();
});

test("close ends everything at once, twice too", async () => {
  const gateway = await scratchGateway();
  const grpc = client(gateway.port);
  const call = adminClient(grpc)
    .getExecutionData({})
    .catch((error: unknown) => error);
  await expect.poll(() => gateway.seen.length).toBe(1);
  const started = now();
  await gateway.close();
  await gateway.close();
  expect(now() - started).toBeLessThan(300);
  expect(await call).toBeInstanceOf(Error);
  await grpc.close();
});
