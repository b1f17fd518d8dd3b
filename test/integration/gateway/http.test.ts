import { execFile } from "node:child_process";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flyteidl, google } from "../../../src/idl/flyteidl.ts";
import { runPython } from "../run-python.ts";
import { encodeTask, scratchGateway } from "./scratch-gateway.ts";
import type { ScratchGateway, SeenCall } from "./scratch-gateway.ts";

let gateway: ScratchGateway;
beforeAll(async () => {
  gateway = await scratchGateway({
    routes: [{ prefix: "/logs/", handle: (request, response) => void response.end(`log of ${request.url}`) }],
  });
});
afterAll(() => gateway.close());

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  json(): unknown;
}

function ask(
  method: string,
  target: string,
  options: { headers?: http.OutgoingHttpHeaders; body?: string | Uint8Array; port?: number } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: "127.0.0.1",
        port: options.port ?? gateway.port,
        method,
        path: target,
        headers: options.body === undefined ? options.headers : { "content-length": Buffer.byteLength(options.body), ...options.headers },
        agent: false,
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () => {
          const body = Buffer.concat(parts);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body,
            json: () => JSON.parse(body.toString("utf8")) as unknown,
          });
        });
      },
    );
    request.on("error", reject);
    request.end(options.body);
  });
}

/** The raw answer to bytes sent in pieces, until the server closes or `until` is in it. */
function raw(pieces: readonly (string | Buffer)[], until?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(gateway.port, "127.0.0.1");
    let text = "";
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (until !== undefined && text.includes(until)) socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
    void (async () => {
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise((next) => setTimeout(next, 5));
      }
    })();
  });
}

const last = (method: string): SeenCall => {
  const call = gateway.seen.findLast(({ context }) => context.method.endsWith(`/${method}`));
  if (!call) throw new Error(`${method} was not called`);
  return call;
};

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
};

describe("JSON", () => {
  test("curl gets a reply", async () => {
    const { stdout } = await promisify(execFile)("curl", ["-sS", `http://127.0.0.1:${gateway.port}/api/v1/version`]);
    expect(JSON.parse(stdout)).toEqual({ control_plane_version: { Build: "b", Version: "v9.8.7", BuildTime: "" } });
  });

  test("curl with HTTP/2 is taken for gRPC and told that it is none", async () => {
    const { stdout } = await promisify(execFile)("curl", [
      "-sS",
      "--http2-prior-knowledge",
      "-o",
      "/dev/null",
      "-w",
      "%{http_version} %{http_code}",
      `http://127.0.0.1:${gateway.port}/api/v1/version`,
    ]);
    expect(stdout).toBe("2 415");
  });

  test("a reply is what Python prints, and null where a message is unset", async () => {
    const [json, binary] = await Promise.all([
      ask("GET", "/api/v1/executions/p/d"),
      ask("GET", "/api/v1/executions/p/d", { headers: { accept: "application/octet-stream" } }),
    ]);
    expect(json.headers["content-type"]).toBe("application/json");
    expect(binary.headers["content-type"]).toBe("application/octet-stream");
    expect(flyteidl.admin.ExecutionList.decode(binary.body).executions?.[0]?.id?.name).toBe("e");
    const python = await runPython(
      path.join(import.meta.dirname, "message_to_json.py"),
      ["flyteidl.admin.execution_pb2", "ExecutionList"],
      binary.body.toString("hex"),
    );
    expect(withoutNulls(json.json())).toEqual(JSON.parse(python));
    expect(json.json()).toMatchObject({ executions: [{ spec: { launch_plan: null, max_parallelism: 7, interruptible: false } }] });
  });

  test("path and query parameters make the request", async () => {
    await ask(
      "GET",
      "/api/v1/executions/p%20%C3%BC/d?limit=20&token=40&filters=eq(a%2Cb)&sort_by.key=created_at&sortBy.direction=ASCENDING&nonsense=1&id.project=no",
    );
    expect(last("ListExecutions").request).toMatchObject({
      id: { project: "p ü", domain: "d" },
      limit: 20,
      token: "40",
      filters: "eq(a,b)",
      sortBy: { key: "created_at", direction: flyteidl.admin.Sort.Direction.ASCENDING },
    });
  });

  test("deep paths with numbers, enum paths by name and by number", async () => {
    await ask("GET", "/api/v1/task_executions/p/d/ex/n0/tp/td/tn/tv/2");
    expect(last("GetTaskExecution").request).toMatchObject({
      id: {
        nodeExecutionId: { nodeId: "n0", executionId: { project: "p", domain: "d", name: "ex" } },
        taskId: { project: "tp", domain: "td", name: "tn", version: "tv" },
        retryAttempt: 2,
      },
    });
    for (const type of ["LAUNCH_PLAN", "3"]) {
      await ask("PUT", `/api/v1/named_entities/${type}/p/d/n`, { body: '{"metadata":{"description":"x","state":1}}' });
      expect(last("UpdateNamedEntity").request).toMatchObject({
        resourceType: flyteidl.core.ResourceType.LAUNCH_PLAN,
        id: { project: "p", domain: "d", name: "n" },
        metadata: { description: "x", state: 1 },
      });
    }
    expect((await ask("PUT", "/api/v1/named_entities/NO/p/d/n", { body: "{}" })).json()).toMatchObject({
      code: 3,
      message: expect.stringContaining("resource_type") as string,
    });
  });

  test("bodies in either spelling of names, and in bytes, give the same request", async () => {
    const wanted = encodeTask("t");
    const snake = {
      id: { resource_type: "TASK", project: "p", domain: "d", name: "t", version: "v" },
      spec: { template: { type: "python-task", custom: { a: 1 }, container: { args: ["x", ""], env: [{ key: "K", value: "V" }] } } },
    };
    const camel = { ...snake, id: { resourceType: 1, project: "p", domain: "d", name: "t", version: "v" } };
    for (const body of [JSON.stringify(snake), JSON.stringify(camel)]) {
      const answer = await ask("POST", "/api/v1/tasks", { body });
      expect([answer.status, answer.json()]).toEqual([200, {}]);
      expect(Buffer.from(last("CreateTask").context.requestBytes)).toEqual(Buffer.from(wanted));
    }
    // A field no version of ours knows, before the rest: bytes must come through as they are.
    const odd = Buffer.concat([Buffer.from("fa7f03616263", "hex"), wanted]);
    const answer = await ask("POST", "/api/v1/tasks", { body: odd, headers: { "content-type": "application/octet-stream" } });
    expect([answer.status, answer.headers["content-type"], answer.body.length]).toEqual([200, "application/octet-stream", 0]);
    expect(Buffer.from(last("CreateTask").context.requestBytes)).toEqual(odd);
  });

  test("a DELETE takes a body or none, and the path wins over it", async () => {
    await ask("DELETE", "/api/v1/executions/p/d/e", { body: '{"cause":"why","id":{"name":"other"}}' });
    expect(last("TerminateExecution").request).toMatchObject({ id: { project: "p", domain: "d", name: "e" }, cause: "why" });
    expect((await ask("DELETE", "/api/v1/executions/p/d/e")).status).toBe(200);
    const body = flyteidl.admin.ExecutionTerminateRequest.encode({ id: { name: "other" }, cause: "why" }).finish();
    await ask("DELETE", "/api/v1/executions/p/d/e", { body, headers: { "content-type": "application/octet-stream" } });
    expect(last("TerminateExecution").request).toMatchObject({ id: { project: "p", domain: "d", name: "e" }, cause: "why" });
  });
});

describe("errors", () => {
  test.each([
    ["GET", "/api/v1/nothing", undefined, 404, 5, "Not Found"],
    ["PATCH", "/api/v1/tasks", undefined, 501, 12, "Method Not Allowed"],
    ["GET", "/api/v1/tasks/p/d/n/v", undefined, 501, 12, "flyteidl.service.AdminService/GetTask is not implemented by this deployment"],
    [
      "GET",
      "/.well-known/oauth-authorization-server",
      undefined,
      501,
      12,
      "flyteidl.service.AuthMetadataService/GetOAuth2Metadata is not implemented by this deployment",
    ],
    ["POST", "/api/v1/tasks", '{"id":', 400, 3, "the body is not JSON"],
    ["POST", "/api/v1/tasks", '{"id":{"nope":1}}', 400, 3, "unknown field id.nope in flyteidl.core.Identifier"],
    ["POST", "/api/v1/tasks", '{"id":7}', 400, 3, "invalid value for id: expected an object, got 7"],
    ["GET", "/api/v1/executions/p/d?limit=x", undefined, 400, 3, 'invalid value for limit: expected a whole number (uint32), got "x"'],
    ["GET", "/api/v1/executions/p/%ff", undefined, 400, 3, "the path is not valid percent-encoded UTF-8"],
    ["GET", "/api/v1/workflows/p/d/n/v", undefined, 500, 13, "internal error in GetWorkflow"],
  ])("%s %s with %s is %d, code %d", async (method, target, body, status, code, message) => {
    const answer = await ask(method, target, body === undefined ? {} : { body });
    expect(answer.status).toBe(status);
    expect(answer.json()).toEqual({ code, message: expect.stringContaining(message) as string, details: [] });
  });

  test("details are shown, and binary callers get a google.rpc.Status", async () => {
    const answer = await ask("POST", "/api/v1/workflows", { body: "{}" });
    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({
      code: 6,
      details: [
        {
          "@type": "type.googleapis.com/flyteidl.admin.CreateWorkflowFailureReason",
          exists_identical_structure: { id: { project: "p", name: "wf" } },
        },
      ],
    });
    const binary = await ask("POST", "/api/v1/workflows", { body: "", headers: { accept: "application/octet-stream" } });
    expect(google.rpc.Status.decode(binary.body)).toMatchObject({ code: 6, message: 'workflow "wf" exists: 100% ünchanged' });
  });

  test("a body beyond 24 MiB is 413", async () => {
    const answer = await raw(
      [`POST /api/v1/tasks HTTP/1.1\r\nhost: localhost:${gateway.port}\r\ncontent-length: 26000000\r\n\r\n`],
      "larger than",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe("who may call", () => {
  const own = (): string => `localhost:${gateway.port}`;
  test.each([
    ["localhost with the port", () => own(), 200],
    ["127.0.0.1 with the port", () => `127.0.0.1:${gateway.port}`, 200],
    ["[::1] with the port", () => `[::1]:${gateway.port}`, 200],
    ["an allowed name", () => "flyte.test", 200],
    ["an allowed name with any port", () => "flyte.test:99", 200],
    ["an allowed name and port", () => "other.test:1234", 200],
    ["an allowed name with another port", () => "other.test:1235", 403],
    ["another port of the loopback", () => "localhost:1", 403],
    ["a name made to point here", () => `evil.example:${gateway.port}`, 403],
    ["a name that begins alike", () => `localhost.evil.example:${gateway.port}`, 403],
  ])("Host: %s", async (_what, host, status) => {
    expect((await ask("GET", "/api/v1/version", { headers: { host: host() } })).status).toBe(status);
  });

  test("pages of this server and allowed ones may call; others not, and no CORS header is sent to them", async () => {
    const from = (origin: string): Promise<Answer> => ask("POST", "/api/v1/tasks", { body: "{}", headers: { host: own(), origin } });
    expect((await from(`http://${own()}`)).status).toBe(200);
    const allowed = await from("http://allowed.example:3000");
    expect([allowed.status, allowed.headers["access-control-allow-origin"]]).toEqual([200, "http://allowed.example:3000"]);
    const before = gateway.seen.length;
    for (const origin of ["http://allowed.example", "http://evil.example", "null"]) {
      const refused = await from(origin);
      expect([refused.status, refused.headers["access-control-allow-origin"], (refused.json() as { code: number }).code]).toEqual([
        403,
        undefined,
        7,
      ]);
    }
    expect(gateway.seen.length).toBe(before);
  });

  test("preflight requests are answered for allowed origins", async () => {
    const preflight = (origin: string): Promise<Answer> =>
      ask("OPTIONS", "/api/v1/tasks", { headers: { host: own(), origin, "access-control-request-method": "POST" } });
    const allowed = await preflight("http://allowed.example:3000");
    expect([allowed.status, allowed.headers["access-control-allow-methods"]]).toEqual([204, expect.stringContaining("POST")]);
    expect((await preflight("http://evil.example")).status).toBe(403);
  });
});

test("request ids are taken or made, and bounded", async () => {
  expect((await ask("GET", "/api/v1/version", { headers: { "x-request-id": "mine" } })).headers["x-request-id"]).toBe("mine");
  expect(last("GetVersion").context.requestId).toBe("mine");
  for (const bad of ["", "two words", "x".repeat(129)]) {
    expect((await ask("GET", "/api/v1/version", { headers: { "x-request-id": bad } })).headers["x-request-id"]).toMatch(/^a-[a-z0-9]{20}$/);
  }
});

test("/healthcheck is empty, needs no known Host, and is 503 when not serving", async () => {
  const headers = { host: "10.0.0.1:8088" };
  const well = await ask("GET", "/healthcheck", { headers });
  expect([well.status, well.body.length]).toEqual([200, 0]);
  gateway.setServing(false);
  expect((await ask("GET", "/healthcheck", { headers })).status).toBe(503);
  gateway.setServing(true);
});

test("the console page is under /console, allows nothing but itself, and / leads there", async () => {
  const root = await ask("GET", "/");
  expect([root.status, root.headers.location]).toEqual([302, "/console"]);
  for (const target of ["/console", "/console/projects/p/domains/d/executions/e"]) {
    const page = await ask("GET", target);
    expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(page.body.toString()).toContain("version 1.2.3");
    expect(page.body.toString()).not.toMatch(/(src|href)="?http/);
    expect(page.headers["content-security-policy"]).toMatch(
      /^default-src 'none'; script-src 'sha256-[A-Za-z0-9+/=]+'; style-src 'sha256-[A-Za-z0-9+/=]+';/,
    );
  }
});

test("the host's own routes are served behind the same checks", async () => {
  expect((await ask("GET", "/logs/p/d/e?x=1")).body.toString()).toBe("log of /logs/p/d/e?x=1");
  expect((await ask("GET", "/logs/p", { headers: { host: "evil.example" } })).status).toBe(403);
});

describe("connections", () => {
  test.each(["GET /api/v1/version", "PUT /api/v1/version", "POST /api/v1/version"])("%s a byte at a time", async (line) => {
    const pieces = [...`${line} HTTP/1.1\r\nhost: localhost:${gateway.port}\r\nconnection: close\r\n\r\n`];
    expect(await raw(pieces)).toMatch(line.startsWith("GET") ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 501 /);
  });

  test("an HTTP/2 preface a byte at a time", async () => {
    const settings = Buffer.from("000000040000000000", "hex");
    const pieces = Array.from(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), settings]), (byte) => Buffer.from([byte]));
    // The acknowledgement of our settings: type 4, flag 1.
    expect(await raw(pieces, "\x00\x00\x00\x04\x01\x00\x00\x00\x00")).toContain("\x00\x00\x00\x04\x01\x00\x00\x00\x00");
  });

  test("what is neither is 400 and closed", async () => {
    expect(await raw(["PRX nonsense\r\n\r\n"])).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("a caller that has sent its request and ends its side still gets the answer", async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = net.connect({ port: gateway.port, host: "127.0.0.1", allowHalfOpen: true });
      let text = "";
      socket.on("data", (chunk) => (text += chunk.toString()));
      socket.on("close", () => resolve(text));
      socket.on("end", () => socket.end());
      socket.end(`GET /api/v1/version HTTP/1.1\r\nhost: localhost:${gateway.port}\r\nconnection: close\r\n\r\n`);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("a caller that goes away aborts the handler", async () => {
    const socket = net.connect(gateway.port, "127.0.0.1");
    socket.write(`GET /api/v1/executions/p/d/gone HTTP/1.1\r\nhost: localhost:${gateway.port}\r\n\r\n`);
    await expect.poll(() => gateway.seen.some(({ context }) => context.method.endsWith("/GetExecution"))).toBe(true);
    expect(last("GetExecution").context.signal.aborted).toBe(false);
    socket.destroy();
    await expect.poll(() => last("GetExecution").context.signal.aborted).toBe(true);
  });

  test("every port answers the same", async () => {
    await using two = await scratchGateway({ ports: [0, 0] });
    expect(new Set(two.ports).size).toBe(2);
    for (const port of two.ports) expect((await ask("GET", "/api/v1/version", { port })).status).toBe(200);
  });

  test("a taken port is named, and only the loopback is listened on", async () => {
    await expect(scratchGateway({ ports: [0, gateway.port] })).rejects.toMatchObject({
      code: "PORT_TAKEN",
      details: { port: gateway.port },
    });
    await expect(scratchGateway({ host: "0.0.0.0" })).rejects.toMatchObject({ code: "LISTEN_NOT_LOOPBACK" });
  });
});
