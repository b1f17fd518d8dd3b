import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { toDuration } from "../../../src/idl/time.ts";
import { openAdmin } from "./admin-kit.ts";
import type { AdminKit } from "./admin-kit.ts";
import { at, executionId, identifier, integer, launchRequest, nodeId, registerAll, scope, secondsOf, text } from "./fixtures.ts";

const { core, service } = flyteidl;
const map = (literals: Record<string, ReturnType<typeof text>>) => core.LiteralMap.encode({ literals }).finish();
const base = "s3://my-s3-bucket/metadata/propeller/flytesnacks-development-e1";

/** Execution e1 with node n0, its attempt 0, their data and a deck. */
async function finished(settings = {}): Promise<AdminKit> {
  const kit = await openAdmin(settings);
  await registerAll(kit);
  await kit.call("CreateExecution", launchRequest("e1"));
  await kit.deps.blobs.put(`${base}/n0/data/inputs.pb`, map({ x: integer(3) }));
  await kit.deps.blobs.put(`${base}/n0/data/0/outputs.pb`, map({ o0: integer(6), "1": text("one") }));
  await kit.deps.blobs.put(`${base}/n0/data/0/deck.html`, Buffer.from("<html>"));
  const data = { inputUri: `${base}/n0/data/inputs.pb`, outputUri: `${base}/n0/data/0/outputs.pb`, occurredAt: at(1) };
  const { SUCCEEDED } = core.NodeExecution.Phase;
  await kit.call("CreateNodeEvent", {
    event: { id: nodeId("e1", "n0"), phase: SUCCEEDED, deckUri: `${base}/n0/data/0/deck.html`, ...data },
  });
  await kit.call("CreateNodeEvent", { event: { id: nodeId("e1", "n1"), phase: core.NodeExecution.Phase.RUNNING, occurredAt: at(1) } });
  await kit.call("CreateTaskEvent", {
    event: {
      taskId: identifier("TASK", "double"),
      parentNodeExecutionId: nodeId("e1", "n0"),
      phase: core.TaskExecution.Phase.SUCCEEDED,
      ...data,
    },
  });
  await kit.call("CreateWorkflowEvent", {
    event: { executionId: executionId("e1"), phase: core.WorkflowExecution.Phase.SUCCEEDED, occurredAt: at(2), outputUri: data.outputUri },
  });
  return kit;
}

const number = (literal: flyteidl.core.Literal.$Properties | undefined) => Number(literal?.scalar?.primitive?.integer);

describe("data of executions", () => {
  test("is inlined, with URLs by which it is found again", async () => {
    const kit = await finished();
    const execution = await kit.call("GetExecutionData", { id: executionId("e1") });
    expect([number(execution.fullInputs?.literals?.["x"]), number(execution.fullOutputs?.literals?.["o0"])]).toEqual([3, 6]);
    expect(execution.fullInputs?.literals?.["greeting"]?.scalar?.primitive?.stringValue).toBe("hello");
    expect([execution.outputs?.url, Number(execution.outputs?.bytes)]).toEqual(["", 0]);

    const node = await kit.call("GetNodeExecutionData", { id: nodeId("e1", "n0") });
    expect([number(node.fullInputs?.literals?.["x"]), number(node.fullOutputs?.literals?.["o0"])]).toEqual([3, 6]);
    const url = "flyte://v1/flytesnacks/development/e1/n0";
    expect([node.flyteUrls?.inputs, node.flyteUrls?.outputs, node.flyteUrls?.deck]).toEqual([`${url}/i`, `${url}/o`, `${url}/d`]);

    const id = { taskId: identifier("TASK", "double"), nodeExecutionId: nodeId("e1", "n0"), retryAttempt: 0 };
    const task = await kit.call("GetTaskExecutionData", { id });
    expect([number(task.fullInputs?.literals?.["x"]), number(task.fullOutputs?.literals?.["o0"])]).toEqual([3, 6]);
    expect([task.flyteUrls?.inputs, task.flyteUrls?.outputs, task.flyteUrls?.deck]).toEqual([`${url}/0/i`, `${url}/0/o`, ""]);

    const running = await kit.call("GetNodeExecutionData", { id: nodeId("e1", "n1") });
    expect([running.fullInputs?.literals, running.fullOutputs?.literals, running.flyteUrls?.deck]).toEqual([{}, {}, ""]);
  });

  test("keeps the order of keys that a JavaScript object would change", async () => {
    const kit = await finished();
    const reply = await kit.callBytes(
      "GetExecutionData",
      flyteidl.admin.WorkflowExecutionGetDataRequest.encode({ id: executionId("e1") }).finish(),
    );
    expect(Buffer.from(reply).includes(Buffer.from(kit.deps.blobs.objects.get(`${base}/n0/data/0/outputs.pb`) ?? []))).toBe(true);
  });

  test("that is too large comes as a link", async () => {
    const kit = await finished({ maxInlineData: 20 });
    const { outputs, fullOutputs } = await kit.call("GetExecutionData", { id: executionId("e1") });
    expect([outputs?.url, Number(outputs?.bytes)]).toEqual([
      `memory:GET:${base}/n0/data/0/outputs.pb`,
      map({ o0: integer(6), "1": text("one") }).length,
    ]);
    expect(fullOutputs?.literals).toEqual({});
  });

  test("that is gone is empty, with a warning when the store fails", async () => {
    const kit = await finished();
    await kit.deps.blobs.delete(`${base}/n0/data/0/outputs.pb`);
    expect((await kit.call("GetExecutionData", { id: executionId("e1") })).fullOutputs?.literals).toEqual({});
    expect(kit.warnings).toEqual([]);
    kit.deps.blobs.head = () => Promise.reject(new Error("store down"));
    const data = await kit.call("GetExecutionData", { id: executionId("e1") });
    expect([data.fullInputs?.literals, kit.warnings]).toEqual([{}, ["stored data could not be read", "stored data could not be read"]]);
  });

  test("of what is not there is NOT_FOUND", async () => {
    const kit = await finished();
    expect(await kit.verdict("GetExecutionData", { id: executionId("nope") })).toMatch(/^NOT_FOUND missing entity of type execution/);
    expect(await kit.verdict("GetNodeExecutionData", { id: nodeId("e1", "nope") })).toMatch(
      /^NOT_FOUND missing entity of type node execution/,
    );
    expect(await kit.verdict("GetNodeExecutionData", {})).toBe("INVALID_ARGUMENT missing id");
    expect(await kit.verdict("GetTaskExecutionData", { id: { nodeExecutionId: nodeId("e1", "n0") } })).toBe(
      "INVALID_ARGUMENT missing task_id",
    );
  });
});

describe("flyte URLs", () => {
  const url = "flyte://v1/flytesnacks/development/e1";
  test("lead to maps, literals and decks", async () => {
    const kit = await finished();
    const get = (flyteUrl: string) => kit.call("GetData", { flyteUrl });
    expect(number((await get(`${url}/n0/i`)).literalMap?.literals?.["x"])).toBe(3);
    expect(number((await get(`${url}/n0/o`)).literalMap?.literals?.["o0"])).toBe(6);
    expect(number((await get(`${url}/n0/o/o0`)).literal ?? undefined)).toBe(6);
    expect(number((await get(`${url}/n0/0/i/x`)).literal ?? undefined)).toBe(3);
    expect(number((await get(`${url}/n0/0/o`)).literalMap?.literals?.["o0"])).toBe(6);
    expect((await get(`${url}/n0/d`)).preSignedUrls?.signedUrl).toEqual([`memory:GET:${base}/n0/data/0/deck.html`]);
  });

  const malformed = (one: string): string =>
    `INVALID_ARGUMENT unable to parse flyte url [${one}]: expected flyte://v1/<project>/<domain>/<execution>/<node>[/<attempt>]/<i|o|d>[/<name>]`;
  test.for<[string, string]>([
    ["", "INVALID_ARGUMENT missing flyte_url"],
    ["s3://a/b", malformed("s3://a/b")],
    [`${url}/n0`, malformed(`${url}/n0`)],
    [`${url}/n0/x`, malformed(`${url}/n0/x`)],
    [`${url}/n.0/i`, malformed(`${url}/n.0/i`)],
    [`${url}/n0/0/d`, `INVALID_ARGUMENT decks belong to nodes, not to attempts: [${url}/n0/0/d]`],
    [`${url}/n0/o/nope`, `INVALID_ARGUMENT name [nope] not found in [${url}/n0/o/nope]`],
    [`${url}/n1/o`, `NOT_FOUND no data for [${url}/n1/o]`],
  ])("%s: %s", async ([flyteUrl, expected]) => {
    const kit = await finished();
    expect(await kit.verdict("GetData", { flyteUrl })).toBe(expected);
  });

  test("of what is not there are NOT_FOUND", async () => {
    const kit = await finished();
    expect(await kit.verdict("GetData", { flyteUrl: `${url}/n9/i` })).toMatch(/^NOT_FOUND missing entity of type node execution/);
    expect(await kit.verdict("GetData", { flyteUrl: `${url}/n0/7/i` })).toMatch(/^NOT_FOUND missing entity of type task execution/);
    expect(await kit.verdict("GetData", { flyteUrl: `${url}/n1/d` })).toMatch(/^NOT_FOUND no deckUrl found for request \[/);
  });
});

describe("uploads", () => {
  const md5 = createHash("md5").update("hello").digest();

  test("go below the MD5 or the given root, with headers to send along", async () => {
    const kit = await openAdmin();
    const upload = await kit.call("CreateUploadLocation", {
      ...scope,
      filename: "code.tar.gz",
      contentMd5: md5,
      addContentMd5Metadata: true,
    });
    // RFC 4648's base32 of the MD5, as Python makes it.
    expect(upload.nativeUrl).toBe("s3://my-s3-bucket/flytesnacks/development/LVAUAKV4JMVHNOLRTWIRAF6FSI======/code.tar.gz");
    expect(upload.signedUrl).toBe(`memory:PUT:${upload.nativeUrl}`);
    expect(upload.headers).toEqual({ "content-md5": md5.toString("base64"), "x-amz-meta-flytecontentmd5": md5.toString("base64") });
    expect(secondsOf(upload.expiresAt)).toBe(3600);

    const rooted = await kit.call("CreateUploadLocation", { ...scope, filenameRoot: "root", expiresIn: toDuration(60_000) });
    expect(rooted.nativeUrl).toMatch(/^s3:\/\/my-s3-bucket\/flytesnacks\/development\/root\/[bcdfghjklmnpqrstvwxz2456789]{20}$/);
    expect([rooted.headers, secondsOf(rooted.expiresAt)]).toEqual([{}, 60]);
    const below = await openAdmin({ uploadPrefix: "/uploads/" });
    const prefixed = await below.call("CreateUploadLocation", { ...scope, filenameRoot: "root", filename: "a/b.txt" });
    expect(prefixed.nativeUrl).toBe("s3://my-s3-bucket/uploads/flytesnacks/development/root/a/b.txt");
  });

  test("replace an object only by the same content", async () => {
    const kit = await openAdmin();
    await kit.deps.blobs.put("s3://my-s3-bucket/flytesnacks/development/root/f", Buffer.from("hello"));
    const request = { ...scope, filenameRoot: "root", filename: "f" };
    const refused =
      "ALREADY_EXISTS file already exists at location [s3://my-s3-bucket/flytesnacks/development/root/f], specify a matching hash if you wish to rewrite";
    expect(await kit.verdict("CreateUploadLocation", request)).toBe(refused);
    expect(await kit.verdict("CreateUploadLocation", { ...request, contentMd5: Buffer.alloc(16) })).toBe(refused);
    expect(await kit.verdict("CreateUploadLocation", { ...request, contentMd5: md5 })).toBe("accepted");
    const put = kit.deps.blobs.put("s3://my-s3-bucket/flytesnacks/development/root/g", Buffer.from("parts"), {
      metadata: { flytecontentmd5: md5.toString("base64") },
    });
    await put;
    expect(await kit.verdict("CreateUploadLocation", { ...request, filename: "g", contentMd5: md5 })).toBe("accepted");
  });

  test.for<[string, flyteidl.service.CreateUploadLocationRequest.$Properties, string]>([
    ["no project", { domain: "development", contentMd5: md5 }, "project and domain are required parameters"],
    ["no domain", { project: "flytesnacks", contentMd5: md5 }, "project and domain are required parameters"],
    ["neither MD5 nor root", { ...scope, filename: "f" }, "content_md5 or filename_root is a required parameter"],
    ["half an MD5", { ...scope, contentMd5: md5.subarray(8) }, "invalid value for content_md5"],
    ["a way out", { ...scope, filenameRoot: "root", filename: "../../f" }, "invalid value for filename"],
    [
      "too long a time",
      { ...scope, contentMd5: md5, expiresIn: toDuration(3_601_000) },
      "expiresIn [1h0m1s] cannot exceed max allowed expiration [1h0m0s]",
    ],
    ["a time gone by", { ...scope, contentMd5: md5, expiresIn: toDuration(-1000) }, "invalid expiresIn [-1s]: it must be positive"],
  ])("with %s are refused", async ([, request, message]) => {
    const kit = await openAdmin();
    expect(await kit.verdict("CreateUploadLocation", request)).toBe(`INVALID_ARGUMENT ${message}`);
  });
});

describe("downloads", () => {
  const { ARTIFACT_TYPE_DECK, ARTIFACT_TYPE_UNDEFINED } = service.ArtifactType;
  const deckUri = `${base}/n0/data/0/deck.html`;

  test("are of decks, or of anything by its URL", async () => {
    const kit = await finished();
    const link = await kit.call("CreateDownloadLink", {
      artifactType: ARTIFACT_TYPE_DECK,
      nodeExecutionId: nodeId("e1", "n0"),
      expiresIn: toDuration(30_000),
    });
    expect([link.preSignedUrls?.signedUrl, link.signedUrl]).toEqual([[`memory:GET:${deckUri}`], [`memory:GET:${deckUri}`]]);
    expect(secondsOf(link.preSignedUrls?.expiresAt)).toBe(30);
    const location = await kit.call("CreateDownloadLocation", { nativeUrl: deckUri });
    expect([location.signedUrl, secondsOf(location.expiresAt)]).toEqual([`memory:GET:${deckUri}`, 3600]);
  });

  test("of what has no deck, or lost it, are refused", async () => {
    const kit = await finished();
    const verdict = (request: flyteidl.service.CreateDownloadLinkRequest.$Properties) =>
      kit.verdict("CreateDownloadLink", { artifactType: ARTIFACT_TYPE_DECK, ...request });
    expect(await verdict({ artifactType: ARTIFACT_TYPE_UNDEFINED })).toBe(
      "INVALID_ARGUMENT unsupported artifact type [ARTIFACT_TYPE_UNDEFINED]",
    );
    expect(await verdict({})).toBe("INVALID_ARGUMENT unsupported source [<nil>]");
    expect(await verdict({ nodeExecutionId: nodeId("e1", "n9") })).toMatch(/^INVALID_ARGUMENT failed to find node execution \[/);
    expect(await verdict({ nodeExecutionId: nodeId("e1", "n1") })).toMatch(/^NOT_FOUND no deckUrl found for request \[/);
    expect(await verdict({ nodeExecutionId: nodeId("e1", "n0"), expiresIn: toDuration(7_200_000) })).toBe(
      "INVALID_ARGUMENT expiresIn [2h0m0s] cannot exceed max allowed expiration [1h0m0s]",
    );
    await kit.deps.blobs.delete(deckUri);
    expect(await verdict({ nodeExecutionId: nodeId("e1", "n0") })).toBe("NOT_FOUND object not found");
    expect(await kit.verdict("CreateDownloadLocation", {})).toBe("INVALID_ARGUMENT missing native_url");
  });
});
