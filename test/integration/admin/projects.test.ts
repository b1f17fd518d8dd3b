import { describe, expect, test } from "vitest";
import { flyteidl } from "../../../src/idl/flyteidl.ts";
import { openAdmin } from "./admin-kit.ts";
import { identifier, launchRequest, registerAll, scope } from "./fixtures.ts";

const { ResourceType } = flyteidl.core;

describe("projects", () => {
  test("of the settings are there from the start, with all domains", async () => {
    const kit = await openAdmin();
    const { projects } = await kit.call("ListProjects", {});
    expect(projects?.map((project) => [project.id, project.name, project.domains?.map((domain) => domain.id)])).toEqual([
      ["flytesnacks", "flytesnacks", ["development", "staging", "production"]],
    ]);
    expect((await kit.call("GetDomains", {})).domains).toMatchObject([
      { id: "development", name: "development" },
      { id: "staging" },
      { id: "production" },
    ]);
  });

  test("are registered, changed in part, archived and hidden", async () => {
    const kit = await openAdmin();
    await kit.call("RegisterProject", { project: { id: "p2", name: "Two", description: "d", labels: { values: { a: "b" } } } });
    expect(await kit.verdict("RegisterProject", { project: { id: "p2", name: "Two" } })).toMatch(
      /^ALREADY_EXISTS value with matching already exists \(/,
    );
    await kit.call("UpdateProject", { id: "p2", labels: {}, state: flyteidl.admin.Project.ProjectState.ARCHIVED });
    const project = await kit.call("GetProject", { id: "p2" });
    expect([project.name, project.description, project.labels?.values, project.state]).toEqual(["Two", "d", { a: "b" }, 1]);

    const ids = async (request: flyteidl.admin.ProjectListRequest.$Properties) =>
      (await kit.call("ListProjects", request)).projects?.map((one) => one.id);
    expect(await ids({})).toEqual(["flytesnacks"]);
    expect(await ids({ filters: "eq(state,1)" })).toEqual(["p2"]);
    expect(await ids({ filters: "eq(identifier,p2)", limit: 1 })).toEqual(["p2"]);

    const refusal = await kit.refusal("CreateTask", { id: { ...identifier("TASK", "t"), project: "p2" }, spec: {} });
    expect([refusal.status, refusal.message]).toEqual(["INVALID_ARGUMENT", "project [p2] is not active"]);
    expect(refusal.details[0]?.typeName).toBe("flyteidl.admin.InactiveProject");
    expect(flyteidl.admin.InactiveProject.decode(refusal.details[0]?.value ?? new Uint8Array()).id).toBe("p2");
    await kit.call("UpdateProject", { id: "p2", state: flyteidl.admin.Project.ProjectState.ACTIVE });
    expect(await ids({})).toEqual(["flytesnacks", "p2"]);
  });

  test("are listed in the order of their ids, page by page", async () => {
    const kit = await openAdmin();
    for (const id of ["zebra", "ant"]) await kit.call("RegisterProject", { project: { id, name: id } });
    expect((await kit.call("ListProjects", {})).projects?.map((one) => one.id)).toEqual(["ant", "flytesnacks", "zebra"]);
    const page = await kit.call("ListProjects", { limit: 2 });
    expect([page.projects?.map((one) => one.id), page.token]).toEqual([["ant", "flytesnacks"], "2"]);
    const rest = await kit.call("ListProjects", { limit: 2, token: "2" });
    expect([rest.projects?.map((one) => one.id), rest.token]).toEqual([["zebra"], ""]);
  });

  test.for<[string, flyteidl.admin.Project.$Properties | undefined, string]>([
    ["nothing", undefined, "missing project"],
    ["no id", { name: "n" }, "missing project"],
    ["no name", { id: "p" }, "missing project_name"],
    ["a long name", { id: "p", name: "n".repeat(65) }, "project_name cannot exceed 64 characters"],
    ["a long description", { id: "p", name: "n", description: "d".repeat(301) }, "project_description cannot exceed 300 characters"],
    [
      "domains",
      { id: "p", name: "n", domains: [{ id: "x" }] },
      "Domains are currently only set system wide. Please retry without domains included in your request.",
    ],
    [
      "many labels",
      { id: "p", name: "n", labels: { values: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`l${index}`, ""])) } },
      "labels has too many entries [17 > 16]",
    ],
    [
      "a bad label value",
      { id: "p", name: "n", labels: { values: { a: "b c" } } },
      "invalid label value [b c]: it must be a Kubernetes label value",
    ],
  ])("with %s are refused", async ([, project, message]) => {
    const kit = await openAdmin();
    expect(await kit.verdict("RegisterProject", { project: project ?? null })).toBe(`INVALID_ARGUMENT ${message}`);
  });

  test("have ids that DNS takes, and are known before they are changed", async () => {
    const kit = await openAdmin();
    expect(await kit.verdict("RegisterProject", { project: { id: "Not DNS", name: "n" } })).toMatch(
      /^INVALID_ARGUMENT invalid project id \[Not DNS\]: /,
    );
    expect(await kit.verdict("UpdateProject", { id: "nope" })).toBe("NOT_FOUND missing entity of type project with identifier [nope]");
    expect(await kit.verdict("GetProject", { id: "nope" })).toBe("NOT_FOUND missing entity of type project with identifier [nope]");
  });
});

describe("named entities", () => {
  test("exist as soon as a version does; metadata can be set and filtered by", async () => {
    const kit = await openAdmin();
    const id = { ...scope, name: "wf" };
    expect(await kit.verdict("GetNamedEntity", { resourceType: ResourceType.WORKFLOW, id })).toMatch(
      /^NOT_FOUND missing entity of type NAMED_ENTITY/,
    );
    await registerAll(kit);
    const fresh = await kit.call("GetNamedEntity", { resourceType: ResourceType.WORKFLOW, id });
    expect([fresh.metadata?.description, fresh.metadata?.state]).toEqual(["", 0]);
    await kit.call("UpdateNamedEntity", { resourceType: ResourceType.WORKFLOW, id, metadata: { description: "q", state: 1 } });
    const archived = await kit.call("GetNamedEntity", { resourceType: ResourceType.WORKFLOW, id });
    expect([archived.metadata?.description, archived.metadata?.state]).toEqual(["q", 1]);
    const names = async (resourceType: number, filters: string) =>
      (await kit.call("ListNamedEntities", { resourceType, ...scope, limit: 10, filters })).entities?.map((one) => one.id?.name);
    expect(await names(ResourceType.WORKFLOW, "eq(state,0)")).toEqual([]);
    expect(await names(ResourceType.WORKFLOW, "eq(state,1)+contains(description,q)")).toEqual(["wf"]);
    expect((await names(ResourceType.TASK, "eq(state,0)"))?.map(String).toSorted()).toEqual(["double", "inc"]);
    expect(await names(ResourceType.LAUNCH_PLAN, "contains(name,w)")).toEqual(["wf"]);
  });

  test("ask for their type, name and metadata", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    const id = { ...scope, name: "wf" };
    expect(await kit.verdict("GetNamedEntity", { id })).toBe("INVALID_ARGUMENT missing resource_type");
    expect(await kit.verdict("GetNamedEntity", { resourceType: 2, id: { ...scope } })).toBe("INVALID_ARGUMENT missing name");
    expect(await kit.verdict("UpdateNamedEntity", { resourceType: 2, id })).toBe("INVALID_ARGUMENT missing metadata");
    expect(await kit.verdict("UpdateNamedEntity", { resourceType: ResourceType.DATASET, id, metadata: { state: 1 } })).toBe(
      "INVALID_ARGUMENT entities of type DATASET cannot be in state NAMED_ENTITY_ARCHIVED",
    );
  });

  test("made for a single task are told to be so", async () => {
    const kit = await openAdmin();
    await registerAll(kit);
    await kit.call("CreateExecution", { ...launchRequest("e1"), spec: { launchPlan: identifier("TASK", "double") } });
    for (const resourceType of [ResourceType.WORKFLOW, ResourceType.LAUNCH_PLAN]) {
      const generated = await kit.call("GetNamedEntity", { resourceType, id: { ...scope, name: ".flytegen.double" } });
      expect(generated.metadata?.state).toBe(flyteidl.admin.NamedEntityState.SYSTEM_GENERATED);
    }
  });
});

test("the version is told", async () => {
  const kit = await openAdmin();
  expect((await kit.call("GetVersion", {})).controlPlaneVersion?.Version).toBe("1.2.3");
});
