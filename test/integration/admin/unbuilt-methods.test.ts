import { expect, test } from "vitest";
import services from "../../../src/idl/gen/services.js";
import { FlyteError } from "../../../src/std/errors.ts";
import { StatusError } from "../../../src/idl/status.ts";
import { serveEngine } from "../../support/served-engine.ts";

const served = [
  "flyteidl.service.AdminService",
  "flyteidl.service.DataProxyService",
  "flyteidl.service.SignalService",
  "flyteidl.service.IdentityService",
  "flyteidl.service.AuthMetadataService",
  "datacatalog.DataCatalog",
  "flyteidl.cacheservice.CacheService",
];

test("every method of flyteidl's services is there, but for these", async () => {
  await using engine = await serveEngine();
  const unbuilt: string[] = [];
  const other = new Map<string, string>();
  for (const service of served) {
    const methods = Object.keys(services[service] ?? {});
    expect(methods.length, service).toBeGreaterThan(0);
    for (const method of methods) {
      const outcome = await engine.client.unary(service, method, new Uint8Array()).then(
        () => "OK",
        (thrown: unknown) => {
          if (thrown instanceof StatusError) return thrown.status;
          throw thrown instanceof FlyteError ? thrown : new Error(`${service}/${method}: ${String(thrown)}`);
        },
      );
      if (outcome === "UNIMPLEMENTED") unbuilt.push(`${service}/${method}`);
      else other.set(`${service}/${method}`, outcome);
    }
  }
  expect(unbuilt).toEqual([
    // Authentication is not built: as in Flyte without it, nobody serves these.
    "flyteidl.service.IdentityService/UserInfo",
    "flyteidl.service.AuthMetadataService/GetOAuth2Metadata",
    "flyteidl.service.AuthMetadataService/GetPublicClientConfig",
    // No server of Flyte has this service; the rest of it has our DataCatalog's meaning only in parts.
    "flyteidl.cacheservice.CacheService/Get",
    "flyteidl.cacheservice.CacheService/Put",
    "flyteidl.cacheservice.CacheService/GetOrExtendReservation",
    "flyteidl.cacheservice.CacheService/ReleaseReservation",
  ]);
  // An empty request is either enough, or somebody's mistake.
  expect([...other].filter(([, status]) => status !== "OK" && status !== "INVALID_ARGUMENT")).toEqual([]);
});

test("their routes over HTTP answer 501", async () => {
  await using engine = await serveEngine();
  for (const route of ["/me", "/.well-known/oauth-authorization-server", "/config/v1/flyte_client"]) {
    const response = await fetch(engine.url + route);
    expect([route, response.status, ((await response.json()) as { code: number }).code]).toEqual([route, 501, 12]);
  }
});

test("matchable attributes over HTTP", async () => {
  await using engine = await serveEngine();
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${engine.url}/api/v1/${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    return [response.status, await response.json()] as const;
  };
  const attributes = { matching_attributes: { workflow_execution_config: { max_parallelism: 5 } } };
  const levels = [
    ["project_attributes/flytesnacks", { project: "flytesnacks" }],
    ["project_domain_attributes/flytesnacks/development", { project: "flytesnacks", domain: "development" }],
    ["workflow_attributes/flytesnacks/development/wf", { project: "flytesnacks", domain: "development", workflow: "wf" }],
  ] as const;
  for (const [path, scope] of levels) expect(await call("PUT", path, { attributes: { ...scope, ...attributes } })).toEqual([200, {}]);
  for (const [path, scope] of levels) {
    const [status, reply] = await call("GET", `${path}?resource_type=WORKFLOW_EXECUTION_CONFIG`);
    expect(status).toBe(200);
    expect(reply).toMatchObject({ attributes: { ...scope, ...attributes } });
  }
  const [, list] = await call("GET", "matchable_attributes?resource_type=WORKFLOW_EXECUTION_CONFIG");
  expect((list as { configurations: object[] }).configurations).toHaveLength(3);
  for (const [path, scope] of levels) {
    expect(await call("DELETE", path, { ...scope, resource_type: "WORKFLOW_EXECUTION_CONFIG" })).toEqual([200, {}]);
  }
  const [missing] = await call("GET", "workflow_attributes/flytesnacks/development/wf?resource_type=6");
  expect(missing).toBe(404);
  const [metrics] = await call("GET", "metrics/executions/flytesnacks/development/nope?depth=2");
  expect(metrics).toBe(404);
});
