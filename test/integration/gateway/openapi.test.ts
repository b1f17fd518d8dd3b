import { expect, test } from "vitest";
import services from "../../../src/idl/gen/services.js";
import { scratchGateway } from "./scratch-gateway.ts";

interface Parameter {
  readonly name: string;
  readonly in: string;
}
interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly definitions: Readonly<Record<string, unknown>>;
}

async function fetchDocument(): Promise<Document> {
  await using gateway = await scratchGateway();
  const response = await fetch(`http://127.0.0.1:${gateway.port}/api/v1/openapi`);
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
  return (await response.json()) as Document;
}

test("the OpenAPI document has every RPC that has a route, in the names of Flyte's own document", async () => {
  const document = await fetchDocument();
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  const names = operations.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
  const withoutRoute = Object.keys(services["flyteidl.service.AdminService"] ?? {}).filter(
    (name) => !names.includes(`AdminService_${name}`),
  );
  expect(withoutRoute).toEqual([]);
  expect(document.paths["/api/v1/projects/{id}"]?.["get"]?.operationId).toBe("AdminService_GetProject");
  expect(document.paths["/me"]?.["get"]?.operationId).toBe("IdentityService_UserInfo");
  expect(document.paths["/api/v1/tasks"]?.["post"]).toMatchObject({ description: "Create and register a task definition." });
  expect(document.paths["/api/v1/executions/{id.project}/{id.domain}/{id.name}"]?.["delete"]).toEqual({
    operationId: "AdminService_TerminateExecution",
    responses: {
      "200": { description: "A successful response.", schema: { $ref: "#/definitions/adminExecutionTerminateResponse" } },
      default: { description: "An unexpected error response.", schema: { $ref: "#/definitions/rpcStatus" } },
    },
    parameters: [
      { name: "id.project", in: "path", required: true, type: "string" },
      { name: "id.domain", in: "path", required: true, type: "string" },
      { name: "id.name", in: "path", required: true, type: "string" },
      { name: "body", in: "body", required: true, schema: { $ref: "#/definitions/adminExecutionTerminateRequest" } },
    ],
    tags: ["AdminService"],
  });
  const list = document.paths["/api/v1/executions/{id.project}/{id.domain}"]?.["get"]?.parameters;
  expect(list?.map((one) => `${one.in} ${one.name}`)).toEqual([
    "path id.project",
    "path id.domain",
    "query id.name",
    "query id.org",
    "query limit",
    "query token",
    "query filters",
    "query sort_by.key",
    "query sort_by.direction",
  ]);
  expect(list?.at(-1)).toEqual({
    name: "sort_by.direction",
    in: "query",
    required: false,
    type: "string",
    enum: ["DESCENDING", "ASCENDING"],
    default: "DESCENDING",
  });
});

test("the OpenAPI document refers to nothing that it lacks, and says of each type what its JSON is", async () => {
  const document = await fetchDocument();
  const text = JSON.stringify(document);
  const references = new Set([...text.matchAll(/"#\/definitions\/(\w+)"/g)].map(([, name = ""]) => name));
  expect([...references].filter((name) => !Object.hasOwn(document.definitions, name))).toEqual([]);
  expect(references.size).toBeGreaterThan(200);
  for (const [path, operations] of Object.entries(document.paths)) {
    const variables = [...path.matchAll(/\{([\w.]+)\}/g)].map(([, name]) => name);
    for (const { parameters = [] } of Object.values(operations)) {
      expect(parameters.filter((one) => one.in === "path").map(({ name }) => name)).toEqual(variables);
      expect(parameters.filter((one) => one.in === "body").length).toBeLessThan(2);
    }
  }
  expect(document.definitions["coreLiteral"]).toEqual({
    type: "object",
    properties: {
      scalar: { $ref: "#/definitions/coreScalar" },
      collection: { $ref: "#/definitions/coreLiteralCollection" },
      map: { $ref: "#/definitions/coreLiteralMap" },
      offloaded_metadata: { $ref: "#/definitions/coreLiteralOffloadedMetadata" },
      hash: { type: "string" },
      metadata: { type: "object", additionalProperties: { type: "string" } },
    },
  });
  expect(document.definitions["coreLiteralCollection"]).toEqual({
    type: "object",
    properties: { literals: { type: "array", items: { $ref: "#/definitions/coreLiteral" } } },
  });
  expect(document.definitions["corePrimitive"]).toEqual({
    type: "object",
    properties: {
      integer: { type: "string", format: "int64" },
      float_value: { type: "number", format: "double" },
      string_value: { type: "string" },
      boolean: { type: "boolean" },
      datetime: { type: "string", format: "date-time" },
      duration: { type: "string" },
    },
  });
  expect(document.definitions["BlobTypeBlobDimensionality"]).toEqual({ type: "string", enum: ["SINGLE", "MULTIPART"], default: "SINGLE" });
});
