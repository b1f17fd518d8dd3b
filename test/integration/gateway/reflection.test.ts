import path from "node:path";
import { expect, test } from "vitest";
import services from "../../../src/idl/gen/services.js";
import { runPython } from "../run-python.ts";
import { scratchGateway } from "./scratch-gateway.ts";

test("server reflection tells of every service, and of each file what Flyte's own compiled files say", async () => {
  await using gateway = await scratchGateway();
  const seen = JSON.parse(await runPython(path.join(import.meta.dirname, "reflection_calls.py"), [String(gateway.port)])) as Record<
    string,
    unknown
  >;
  const listed = ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];
  for (const version of ["v1", "v1alpha"]) {
    expect(seen[version]).toMatchObject({ host: "here", original: true });
    expect((seen[version] as { services: string[] }).services).toEqual(
      expect.arrayContaining([...listed, "flyteidl.service.AdminService"]),
    );
  }
  expect(seen["different"]).toEqual([]);
  expect(seen["compared"]).toBeGreaterThan(30);
  expect(seen["rules"]).toBeGreaterThan(55);
  expect(seen["methods"]).toEqual(Object.keys(services["flyteidl.service.AdminService"] ?? {}).sort());
  expect(seen["stream"]).toEqual([
    expect.arrayContaining(["flyteidl/admin/task.proto", "flyteidl/core/tasks.proto", "google/protobuf/timestamp.proto"]),
    [5, "symbol flyteidl.core.TaskTemplate.metadata is not known to this server"],
    ["flyteidl/core/tasks.proto"],
  ]);
  expect(seen["extension"]).toBe("google/api/annotations.proto");
  expect(seen["numbers"]).toEqual([72295728]);
  expect(seen["refused"]).toEqual([
    [5, "extension 7 of google.protobuf.MethodOptions is not known to this server"],
    [5, "file ../../etc/passwd is not known to this server"],
  ]);
  expect(seen["malformed"]).toBe("INVALID_ARGUMENT");
});
