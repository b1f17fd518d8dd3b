import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flyteidl, google } from "../../../src/idl/flyteidl.ts";
import { runPython } from "../run-python.ts";
import { scratchGateway } from "./scratch-gateway.ts";
import type { ScratchGateway } from "./scratch-gateway.ts";

interface Result {
  readonly code: string;
  readonly details: string;
  readonly reply: Readonly<Record<string, unknown>>;
  readonly initial: Readonly<Record<string, string>>;
  readonly trailing: Readonly<Record<string, string>>;
  readonly events: readonly string[];
}

// One Python process makes all calls; the tests look at what it got.
let gateway: ScratchGateway;
let results: Readonly<Record<string, Result>>;
const got = (name: string): Result => {
  const result = results[name];
  if (!result) throw new Error(`no result ${name}`);
  return result;
};

beforeAll(async () => {
  gateway = await scratchGateway();
  results = JSON.parse(await runPython(path.join(import.meta.dirname, "grpc_calls.py"), [String(gateway.port)])) as typeof results;
});
afterAll(() => gateway.close());

test("a call is answered, and the caller's request id is used and sent back", () => {
  expect(got("version")).toMatchObject({
    code: "OK",
    reply: { control_plane_version: { Version: "v9.8.7", Build: "b" } },
    initial: { "x-request-id": "my-id-1" },
  });
  const call = gateway.seen.find(({ context }) => context.requestId === "my-id-1");
  expect(call?.context).toMatchObject({
    method: "flyteidl.service.AdminService/GetVersion",
    principal: { subject: "anonymous", anonymous: true },
  });
});

test("a request id is made when none is given", () => {
  expect(got("list").initial["x-request-id"]).toMatch(/^a-[a-z0-9]{20}$/);
});

test("requests arrive decoded and as the very bytes sent, replies as the message sent", () => {
  const list = gateway.seen.find(({ context }) => context.method.endsWith("/ListExecutions"));
  expect(list?.request).toMatchObject({ id: { project: "p", domain: "d" }, limit: 5, filters: "eq(a,b)" });
  expect(got("list").reply).toMatchObject({
    token: "next",
    executions: [{ id: { name: "e" }, closure: { phase: "SUCCEEDED", duration: "90s" } }],
  });
  const tasks = gateway.seen.filter(({ context }) => context.method.endsWith("/CreateTask"));
  expect(Buffer.from(tasks[0]?.context.requestBytes ?? []).toString("hex")).toBe(results["taskBytes"]);
});

test("20 MiB are accepted and 25 MiB are not", () => {
  expect(got("twentyMegabytes").code).toBe("OK");
  expect(got("tooLarge").code).toBe("RESOURCE_EXHAUSTED");
});

test("an error keeps its status, its text and its details", () => {
  const { code, details, trailing } = got("details");
  expect({ code, details }).toEqual({ code: "ALREADY_EXISTS", details: 'workflow "wf" exists: 100% ünchanged' });
  const status = google.rpc.Status.decode(Buffer.from(trailing["grpc-status-details-bin"] ?? "", "base64"));
  expect(status).toMatchObject({ code: 6, message: details });
  expect(status.details?.[0]?.type_url).toBe("type.googleapis.com/flyteidl.admin.CreateWorkflowFailureReason");
  const reason = flyteidl.admin.CreateWorkflowFailureReason.decode(status.details?.[0]?.value ?? new Uint8Array());
  expect(reason.existsIdenticalStructure?.id?.name).toBe("wf");
});

test("what is unexpected is INTERNAL with the request id, never its cause, which is logged and reported", () => {
  const { code, details, initial } = got("throws");
  expect(code).toBe("INTERNAL");
  expect(details).toContain(initial["x-request-id"]);
  expect(details).not.toContain("secret");
  expect(gateway.internalErrors.map(({ method, requestId, error }) => [method, requestId, (error as Error).message])).toEqual([
    ["flyteidl.service.AdminService/GetWorkflow", initial["x-request-id"], "the secret cause"],
  ]);
  const line = gateway.logged.find((text) => text.includes("the secret cause"));
  expect(line).toContain("scratch-gateway.ts");
  expect(line).toContain(initial["x-request-id"]);
});

test("a text larger than clients accept is cut", () => {
  expect(got("longText").code).toBe("INVALID_ARGUMENT");
  expect(got("longText").details).toMatch(/^x{10000,12288}… \(cut\)$/);
});

test("what is not served is UNIMPLEMENTED and named", () => {
  expect(got("missing")).toMatchObject({
    code: "UNIMPLEMENTED",
    details: "flyteidl.service.AdminService/GetTask is not implemented by this deployment",
  });
  expect(got("missingService").code).toBe("UNIMPLEMENTED");
  expect(got("missingService").details).toContain("/flyteidl.service.DataProxyService/GetData");
});

test("bytes that are no request are INVALID_ARGUMENT", () => {
  expect(got("garbage").code).toBe("INVALID_ARGUMENT");
  expect(got("garbage").details).toContain("is not a flyteidl.admin.TaskCreateRequest");
});

test("a deadline ends the call and tells the handler", () => {
  expect(got("slow").code).toBe("DEADLINE_EXCEEDED");
  const slow = gateway.seen.find(({ context }) => context.method.endsWith("/GetExecution"));
  expect(slow?.context.signal.aborted).toBe(true);
  expect(gateway.internalErrors).toHaveLength(1);
});

test("grpc.health.v1 answers for the server and for flyteadmin", () => {
  expect([got("health").reply, got("healthAdmin").reply, results["healthWatch"]]).toEqual(["0801", "0801", "0801"]);
  expect(got("healthUnknown")).toMatchObject({ code: "NOT_FOUND", details: "unknown service x" });
  expect(results["healthWatchUnknown"]).toBe("0803");
});

test("a stream is passed on, with the status of its end", () => {
  expect(got("stream")).toEqual({ events: ["0801", "0802", "0803"], code: "OK" });
  expect(got("streamBroken")).toEqual({ events: ["0801", "0802", "0803"], code: "NOT_FOUND", details: "no such execution" });
  expect(got("streamCancelled").events).toHaveLength(3);
  const forever = gateway.seen.find(({ request }) => (request as { id?: { name?: string } }).id?.name === "forever");
  expect(forever?.context.signal.aborted).toBe(true);
});

test("pings without calls do not end the connection", () => {
  expect(got("afterPings").code).toBe("OK");
  expect(results["states"]).not.toContain("TRANSIENT_FAILURE");
});
