import { expect, test } from "vitest";
import type { Container, PodTemplate } from "../../ports/kubernetes-objects.ts";
import { mergeOntoTemplate, templateResources } from "./pod-template.ts";

const named = (name: string, more: Partial<Container> = {}): Container => ({ name, ...more });

// Template, pod, and what comes out; the main container is `main`.
const cases: readonly {
  readonly name: string;
  readonly template: readonly Container[];
  readonly own: readonly Container[];
  readonly wanted: readonly object[];
}[] = [
  {
    name: "default is for every container",
    template: [named("default", { terminationMessagePath: "/dev/default" })],
    own: [named("main"), named("other", { terminationMessagePath: "/own" })],
    wanted: [
      { name: "main", terminationMessagePath: "/dev/default" },
      { name: "other", terminationMessagePath: "/own" },
    ],
  },
  {
    name: "primary is for the main one",
    template: [named("primary", { terminationMessagePath: "/dev/primary" })],
    own: [named("main"), named("other")],
    wanted: [{ name: "main", terminationMessagePath: "/dev/primary" }, { name: "other" }],
  },
  {
    name: "primary lies over default",
    template: [
      named("default", { terminationMessagePath: "/dev/default", image: "d" }),
      named("primary", { terminationMessagePath: "/dev/primary" }),
    ],
    own: [named("main"), named("other")],
    wanted: [
      { name: "main", terminationMessagePath: "/dev/primary", image: "d" },
      { name: "other", terminationMessagePath: "/dev/default", image: "d" },
    ],
  },
  {
    name: "a container of the same name lies over both",
    template: [named("default", { image: "d" }), named("primary", { image: "p" }), named("main", { image: "m" })],
    own: [named("main")],
    wanted: [{ name: "main", image: "m" }],
  },
  {
    name: "others of the template are dropped",
    template: [named("stranger", { image: "s" })],
    own: [named("main")],
    wanted: [{ name: "main" }],
  },
  {
    name: "lists are appended, what is empty says nothing",
    template: [named("default", { env: [{ name: "A", value: "1" }], image: "d", stdin: true })],
    own: [named("main", { env: [{ name: "A", value: "2" }], image: "", stdin: false })],
    wanted: [
      {
        name: "main",
        image: "d",
        stdin: true,
        env: [
          { name: "A", value: "1" },
          { name: "A", value: "2" },
        ],
      },
    ],
  },
];
test.for(cases)("$name", ({ template, own, wanted }) => {
  expect(mergeOntoTemplate({ containers: template }, { containers: own }, "main").containers).toEqual(wanted);
});

test("init containers likewise, by names of their own", () => {
  const template = {
    containers: [],
    initContainers: [named("default-init", { image: "d" }), named("primary-init", { image: "p" }), named("x")],
  };
  const own = { containers: [named("main")], initContainers: [named("first"), named("second")] };
  expect(mergeOntoTemplate(template, own, "main", "second").initContainers).toEqual([
    { name: "first", image: "d" },
    { name: "second", image: "p" },
  ]);
  expect(mergeOntoTemplate(template, { containers: [named("main")] }, "main")).not.toHaveProperty("initContainers");
});

test("neither template nor pod is changed", () => {
  const template = { containers: [named("default", { env: [{ name: "A" }] })], nodeSelector: { a: "1" } };
  const own = { containers: [named("main")], nodeSelector: { b: "2" } };
  const before = structuredClone({ template, own });
  expect(mergeOntoTemplate(template, own, "main").nodeSelector).toEqual({ a: "1", b: "2" });
  expect({ template, own }).toEqual(before);
});

test("resources are those of the name, else of primary, else of default", () => {
  const resources = (cpu: string) => ({ resources: { requests: { cpu } } });
  const of = (...containers: Container[]): PodTemplate => ({
    metadata: {},
    template: { spec: { containers, initContainers: [named("default-init", resources("9"))] } },
  });
  const all = of(named("default", resources("1")), named("primary", resources("2")), named("main", resources("3")));
  expect(templateResources(all, "main", "normal")).toEqual({ requests: { cpu: "3" } });
  expect(templateResources(all, "helper", "normal")).toEqual({ requests: { cpu: "2" } });
  expect(templateResources(of(named("default", resources("1"))), "main", "normal")).toEqual({ requests: { cpu: "1" } });
  expect(templateResources(all, "main", "init")).toEqual({ requests: { cpu: "9" } });
  expect(templateResources(of(), "main", "normal")).toBeUndefined();
  expect(templateResources(undefined, "main", "normal")).toBeUndefined();
});
