import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { adminClient } from "../../../src/client/admin-client.ts";
import { connect } from "../../../src/client/connect.ts";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { scratchGateway } from "../gateway/scratch-gateway.ts";

async function listening(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

test("typed calls against our gateway", async () => {
  await using gateway = await scratchGateway();
  const client = connect({ endpoint: `localhost:${gateway.port}`, insecure: true });
  const api = adminClient(client);
  expect((await api.getVersion({})).controlPlaneVersion?.Version).toBe("v9.8.7");
  expect((await api.listExecutions({ id: { project: "p", domain: "d" }, limit: 3 })).executions?.[0]?.id?.name).toBe("e");
  const refused = api.createWorkflow({});
  await expect(refused).rejects.toMatchObject({ status: "ALREADY_EXISTS", message: 'workflow "wf" exists: 100% ünchanged' });
  const details = await refused.catch((error: { details: { typeName: string; value: Uint8Array }[] }) => error.details);
  expect(
    flyteidl.admin.CreateWorkflowFailureReason.decode((details as { value: Uint8Array }[])[0]?.value ?? new Uint8Array()),
  ).toMatchObject({
    existsIdenticalStructure: { id: { project: "p", name: "wf" } },
  });
  await expect(api.getTask({})).rejects.toMatchObject({ status: "UNIMPLEMENTED" });
  await expect(api.listDatasets({})).rejects.toMatchObject({ status: "UNIMPLEMENTED" });
  await client.close();
});

test("a stream that is left early is cancelled at the server", async () => {
  await using gateway = await scratchGateway();
  const client = connect({ endpoint: `127.0.0.1:${gateway.port}`, insecure: true });
  for await (const event of adminClient(client).watchExecution({ id: { name: "forever" } })) if (Number(event.sequence) === 2) break;
  await expect.poll(() => gateway.seen[0]?.context.signal.aborted).toBe(true);
  await client.close();
});

test("the connection is opened again after the deployment was started anew", async () => {
  const first = await scratchGateway();
  const client = connect({ endpoint: `127.0.0.1:${first.port}`, insecure: true });
  await adminClient(client).getVersion({});
  await first.close();
  await expect(adminClient(client).getVersion({})).rejects.toMatchObject({ code: "ENDPOINT_UNREACHABLE" });
  await using _second = await scratchGateway({ ports: [first.port] });
  expect((await adminClient(client).getVersion({})).controlPlaneVersion?.Version).toBe("v9.8.7");
  await client.close();
});

test("nothing there: ENDPOINT_UNREACHABLE, at once, with what to try", async () => {
  const server = net.createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  const client = connect({ endpoint: `dns:///localhost:${port}`, insecure: true });
  const started = performance.now();
  await expect(adminClient(client).getVersion({})).rejects.toMatchObject({
    name: "FlyteError",
    code: "ENDPOINT_UNREACHABLE",
    blame: "deployment",
    message: `cannot reach Flyte at dns:///localhost:${port}: nothing listens there`,
    hint: expect.stringContaining("flyte sandbox start") as string,
  });
  expect(performance.now() - started).toBeLessThan(1_000);
});

test("a web server, a silent one and a plain one spoken to with TLS are told apart from Flyte", async () => {
  const web = http.createServer((_request, response) => response.end("hello"));
  const webPort = await listening(web);
  const silent = net.createServer(() => {});
  const silentPort = await listening(silent);
  const call = (port: number, insecure: boolean): Promise<unknown> => {
    const client = connect({ endpoint: `127.0.0.1:${port}`, insecure, connectTimeoutMs: 500 });
    return adminClient(client)
      .getVersion({}, { timeoutMs: 500 })
      .finally(() => client.close());
  };
  await expect(call(webPort, true)).rejects.toMatchObject({
    code: "ENDPOINT_UNREACHABLE",
    message: expect.stringContaining("does not speak gRPC") as string,
  });
  await expect(call(webPort, false)).rejects.toMatchObject({
    code: "ENDPOINT_UNREACHABLE",
    hint: expect.stringContaining("admin.insecure to true") as string,
  });
  await expect(call(silentPort, true)).rejects.toMatchObject({ status: "DEADLINE_EXCEEDED" });
  await expect(call(silentPort, false)).rejects.toMatchObject({
    code: "ENDPOINT_UNREACHABLE",
    message: expect.stringContaining("in time") as string,
  });
  web.close();
  silent.close();
  web.closeAllConnections();
});

test.each(["", "a b:80", "localhost:0", "localhost:99999", "ftp://x"])("%j is no endpoint", (endpoint) => {
  expect(() => connect({ endpoint, insecure: true })).toThrow(expect.objectContaining({ code: "ENDPOINT_INVALID" }) as Error);
});

test("a server that breaks off in the middle is UNAVAILABLE, for streams too; a proxy's answer keeps its meaning", async () => {
  let reply: (stream: http2.ServerHttp2Stream) => void = () => {};
  const server = http2.createServer();
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    reply(stream);
  });
  server.on("sessionError", () => {});
  const port = await listening(server);
  const grpc = { ":status": 200, "content-type": "application/grpc" };
  const call = async (answer: (stream: http2.ServerHttp2Stream) => void): Promise<unknown[]> => {
    reply = answer;
    const client = connect({ endpoint: `127.0.0.1:${port}`, insecure: true });
    const unary = client.unary("s", "CreateX", new Uint8Array()).catch((error: unknown) => error);
    const stream = (async () => {
      for await (const _message of client.serverStream("s", "Watch", new Uint8Array()));
      return "ended";
    })().catch((error: unknown) => error);
    const both = await Promise.all([unary, stream]);
    await client.close();
    return both;
  };
  const both = (expected: object): unknown[] => [expect.objectContaining(expected), expect.objectContaining(expected)];
  const cutOff = (stream: http2.ServerHttp2Stream): void => {
    stream.respond(grpc);
    stream.write(Buffer.from([0, 0, 0, 0, 9, 1]), () => stream.session?.destroy());
  };
  expect(await call(cutOff)).toEqual(both({ status: "UNAVAILABLE" }));
  expect(await call((stream) => stream.close(http2.constants.NGHTTP2_CANCEL))).toEqual(both({ status: "UNAVAILABLE" }));
  const early = (stream: http2.ServerHttp2Stream): void => {
    stream.respond(grpc);
    stream.end();
  };
  expect(await call(early)).toEqual(both({ status: "UNAVAILABLE" }));
  const halfMessage = (stream: http2.ServerHttp2Stream): void => {
    stream.respond(grpc, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(Buffer.from([0, 0, 0, 0, 9, 1]));
  };
  expect(await call(halfMessage)).toEqual(both({ status: "UNAVAILABLE" }));
  const proxy = (status: number) => (stream: http2.ServerHttp2Stream) => {
    stream.respond({ ":status": status, "content-type": "text/html" });
    stream.end("<html>");
  };
  expect(await call(proxy(502))).toEqual(both({ status: "UNAVAILABLE" }));
  expect(await call(proxy(401))).toEqual(both({ status: "UNAUTHENTICATED" }));
  expect(await call(proxy(200))).toEqual(both({ status: "INTERNAL" }));
  await new Promise((resolve) => server.close(resolve));
});
