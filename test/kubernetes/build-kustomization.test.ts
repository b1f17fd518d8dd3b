import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { buildKustomization } from "../../src/sandbox/manifests/build-kustomization.ts";
import type { Kustomization } from "../../src/sandbox/manifests/kustomization.ts";
import { FlyteError } from "../../src/std/errors.ts";
import { apiServerBinaries } from "../support/api-server.ts";

const overlays = fileURLToPath(new URL("../../manifests/overlays/", import.meta.url));
const made: string[] = [];

afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** What the real one makes of a directory. */
function kubectlKustomize(directory: string): unknown[] {
  const kubectl = path.join(apiServerBinaries() ?? "", "kubectl");
  const text = execFileSync(kubectl, ["kustomize", directory], { encoding: "utf8" });
  return parseAllDocuments(text).map((document) => document.toJS() as unknown);
}

/** A directory with these files, by name; what is no text is written as YAML. */
function directoryOf(files: Readonly<Record<string, unknown>>): string {
  const directory = realpathSync(mkdtempSync(path.join(os.tmpdir(), "flyte-kustomize-")));
  made.push(directory);
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : stringify(content));
  }
  return directory;
}

const kustomization = (fields: Kustomization) => ({ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", ...fields });
const top = (fields: Kustomization) => kustomization({ ...fields, sortOptions: { order: "fifo" } });

const digest = `sha256:${"0".repeat(64)}`;
const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: a, labels: { own: "1", common: before } }
spec:
  selector: { matchLabels: { own: "1" } }
  template:
    metadata: { labels: { own: "1" } }
    spec:
      initContainers: [{ name: init, image: "reg.example.com:5000/tool:1" }]
      containers:
        - name: one
          image: tool
          args: [a, b]
          ports: [{ containerPort: 1 }, { containerPort: 2, name: two }]
          env:
            - { name: A, value: "1" }
            - { name: B, valueFrom: { configMapKeyRef: { name: settings, key: b } } }
          envFrom: [{ configMapRef: { name: settings } }, { configMapRef: { name: other } }]
          volumeMounts: [{ name: v, mountPath: /v }, { name: v, mountPath: /w }]
        - name: two
          image: tool:1@${digest}
        - name: three
          image: "reg.example.com:5000/tool"
      volumes:
        - { name: v, emptyDir: {} }
        - { name: c, configMap: { name: settings } }
        - { name: p, projected: { sources: [{ configMap: { name: settings } }] } }
      tolerations: [{ key: a }]
      nodeSelector: { x: "1", w: "2" }
`;
const cronJob = `
apiVersion: batch/v1
kind: CronJob
metadata: { name: c }
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec:
      template:
        spec: { restartPolicy: Never, containers: [{ name: c, image: tool }] }
`;
const service = `
apiVersion: v1
kind: Service
metadata: { name: s }
spec:
  selector: { own: "1" }
  ports: [{ name: a, port: 80, targetPort: 1 }, { name: b, port: 81 }]
`;
const statefulSet = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: set }
spec:
  serviceName: s
  selector: { matchLabels: { own: "2" } }
  template: { metadata: { labels: { own: "2" } }, spec: { containers: [{ name: c, image: tool }] } }
  volumeClaimTemplates: [{ metadata: { name: v }, spec: { accessModes: [ReadWriteOnce] } }]
`;
const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } };
const clusterRole = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "r" },
  rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
};
const settings = { name: "settings", literals: ["b=x<y>&z", "empty2=", "unicode=é", "lines=1\n2\n"] };

const resources = ["a.yaml", "c.yaml", "s.yaml"];
const plain = { "a.yaml": deployment, "c.yaml": cronJob, "s.yaml": service };
const patchOf = (spec: object) =>
  stringify({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, spec: { template: { spec } } });

const cases: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "several documents, comments and empty ones": {
    "kustomization.yaml": top({ resources: ["all.yaml"] }),
    "all.yaml": `# of all\n---\n${deployment}---\n\n---\n${service}---\n# end\n`,
  },
  "texts that look like other things": {
    "kustomization.yaml": top({ resources: ["cm.yaml"] }),
    "cm.yaml": `apiVersion: v1\nkind: Custom\nmetadata: { name: m }\nspec: { mode: "0600", text: "off", "n": 1e3, big: 12345678901, t: true, nothing: ~ }\n`,
  },
  "a namespace, on what has one": {
    "kustomization.yaml": top({ resources: ["below", "n.yaml"] }),
    "n.yaml": namespace,
    "below/kustomization.yaml": kustomization({
      resources: [...resources, "r.yaml"],
      namespace: "elsewhere",
      configMapGenerator: [settings],
    }),
    "below/r.yaml": clusterRole,
    ...Object.fromEntries(Object.entries(plain).map(([name, text]) => [`below/${name}`, text])),
  },
  "labels, on pods where that is said, never on selectors": {
    "kustomization.yaml": top({
      resources: [...resources, "set.yaml"],
      labels: [{ pairs: { common: "after", more: "x" } }, { pairs: { pods: "too" }, includeTemplates: true }],
    }),
    "set.yaml": statefulSet,
    ...plain,
  },
  "a new tag": { "kustomization.yaml": top({ resources, images: [{ name: "tool", newTag: "9" }] }), ...plain },
  "a new name": { "kustomization.yaml": top({ resources, images: [{ name: "tool", newName: "other.example.com/tool" }] }), ...plain },
  "a new digest": { "kustomization.yaml": top({ resources, images: [{ name: "tool", newName: "other", digest }] }), ...plain },
  "images of a registry with a port, one change after the other": {
    "kustomization.yaml": top({
      resources,
      images: [
        { name: "reg.example.com:5000/tool", newName: "tool", newTag: "2" },
        { name: "tool", newName: "last", newTag: "3" },
      ],
    }),
    ...plain,
  },
  "a patch of lists with keys, and of others": {
    "kustomization.yaml": top({ resources, patches: [{ path: "p.yaml" }] }),
    "p.yaml": patchOf({
      containers: [
        { name: "new", image: "new" },
        { name: "two", $patch: "delete" },
        {
          name: "one",
          image: null,
          args: ["c"],
          env: [
            { name: "C", value: "3" },
            { name: "B", value: "9", valueFrom: null },
          ],
          ports: [{ containerPort: 2, name: "second" }, { containerPort: 3 }],
          volumeMounts: [{ name: "v", mountPath: "/w", readOnly: true }],
        },
      ],
      volumes: [{ name: "v", emptyDir: null, hostPath: { path: "/x" } }],
      tolerations: [{ key: "b" }],
      nodeSelector: { $patch: "replace", z: "3" },
    }),
    ...plain,
  },
  "patches in the text, of several documents, by target, deleting": {
    "kustomization.yaml": top({
      resources,
      patches: [
        { patch: `${patchOf({ priorityClassName: "x" })}---\n${patchOf({ priorityClassName: "z", nodeSelector: { x: null } })}` },
        {
          target: { kind: "Service" },
          patch: stringify({ kind: "Service", metadata: { name: "any" }, spec: { ports: [{ port: 81, nodePort: 1 }] } }),
        },
        { patch: stringify({ $patch: "delete", apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "c" } }) },
      ],
    }),
    ...plain,
  },
  "JSON patches": {
    "kustomization.yaml": top({
      resources,
      patches: [
        {
          target: { group: "apps", version: "v1", kind: "Deployment", name: "a" },
          patch: stringify([
            { op: "test", path: "/metadata/labels/own", value: "1" },
            { op: "add", path: "/metadata/annotations", value: { "example.com/a~b": "1" } },
            { op: "replace", path: "/metadata/annotations/example.com~1a~0b", value: "2" },
            { op: "add", path: "/spec/template/spec/containers/0/args/-", value: "last" },
            { op: "add", path: "/spec/template/spec/containers/0/args/0", value: "first" },
            { op: "remove", path: "/spec/template/spec/containers/1" },
            { op: "add", path: "/spec/replicas", value: 3 },
          ]),
        },
      ],
    }),
    ...plain,
  },
  "a ConfigMap that an overlay merges into, named by its content wherever pods name it": {
    "kustomization.yaml": top({
      resources: ["below"],
      configMapGenerator: [{ name: "settings", behavior: "merge", literals: ["b=2"], files: ["more.txt", "key=more.txt"] }],
    }),
    "more.txt": "é\u2028\n\ttabs\n",
    "below/kustomization.yaml": kustomization({ resources, configMapGenerator: [settings] }),
    ...Object.fromEntries(Object.entries(plain).map(([name, text]) => [`below/${name}`, text])),
  },
  "a patch of a generated ConfigMap": {
    "kustomization.yaml": top({
      resources: ["below"],
      patches: [
        {
          target: { kind: "ConfigMap", name: "settings" },
          patch: stringify({ kind: "ConfigMap", metadata: { name: "settings" }, data: { b: "3" } }),
        },
      ],
    }),
    "below/kustomization.yaml": kustomization({ resources, configMapGenerator: [settings] }),
    ...Object.fromEntries(Object.entries(plain).map(([name, text]) => [`below/${name}`, text])),
  },
};

test.for(Object.entries(cases))("equal to kubectl's: %s", async ([, files]) => {
  const directory = directoryOf(files);
  expect(await buildKustomization(directory)).toEqual(kubectlKustomize(directory));
});

test.for(["sandbox", "sandbox-registry", "production"])("equal to kubectl's: the overlay %s", async (name) => {
  const directory = path.join(overlays, name);
  const built = await buildKustomization(directory);
  expect(built.length).toBeGreaterThan(15);
  expect(built).toEqual(kubectlKustomize(directory));
});

test("what is put on top is what a kustomization on top would be", async () => {
  const over: Kustomization = {
    images: [
      { name: "flyte-engine", newName: "local/flyte-engine", newTag: "1" },
      { name: "postgres", newName: "local/postgres", newTag: "15" },
    ],
    labels: [{ pairs: { "flyte.dev/sandbox": "two" }, includeTemplates: true }],
    configMapGenerator: [{ name: "flyte", namespace: "flyte", behavior: "merge", literals: ["flyte.yaml=name: two\n"] }],
  };
  const sandbox = path.join(overlays, "sandbox");
  const directory = directoryOf({});
  writeFileSync(path.join(directory, "kustomization.yaml"), stringify(top({ resources: [path.relative(directory, sandbox)], ...over })));
  expect(await buildKustomization(sandbox, over)).toEqual(kubectlKustomize(directory));
});

const refusals: readonly [string, Readonly<Record<string, unknown>>, string][] = [
  [
    "an unknown field",
    { "kustomization.yaml": { ...top({ resources }), namePrefix: "x-" }, ...plain },
    "namePrefix is not known here; known: apiVersion,",
  ],
  [
    "an unknown field further down",
    { "kustomization.yaml": { ...top({ resources }), labels: [{ pairs: { a: "b" }, includeSelectors: true }] }, ...plain },
    "labels[0].includeSelectors is not known here; known: pairs, includeTemplates",
  ],
  [
    "another kind",
    { "kustomization.yaml": { apiVersion: "kustomize.config.k8s.io/v1alpha1", kind: "Component" } },
    'apiVersion is "kustomize.config.k8s.io/v1alpha1"; known here: kustomize.config.k8s.io/v1beta1',
  ],
  ["a text where a list belongs", { "kustomization.yaml": { ...top({}), resources: "a.yaml" } }, "resources is not a list"],
  ...["y", "Off", "0600", "0b1", "1_000", "22:22", "2026-01-02"].map((word): (typeof refusals)[number] => [
    `the word ${word}`,
    { "kustomization.yaml": top({ resources: ["x.yaml"] }), "x.yaml": `apiVersion: v1\nkind: X\nmetadata: { name: x }\nspec: [${word}]\n` },
    `x.yaml: ${word} is read differently by different readers of YAML; quote it`,
  ]),
  ["a file that is not there", { "kustomization.yaml": top({ resources: ["no.yaml"] }) }, "no.yaml"],
  [
    "an object twice",
    { "kustomization.yaml": top({ resources: ["a.yaml", "b.yaml"] }), "a.yaml": deployment, "b.yaml": deployment },
    "Deployment a is there twice",
  ],
  [
    "a patch for nothing",
    { "kustomization.yaml": top({ resources: ["s.yaml"], patches: [{ patch: patchOf({}) }] }), ...plain },
    "there is no Deployment a",
  ],
  [
    "a directive that is not known",
    {
      "kustomization.yaml": top({ resources, patches: [{ patch: patchOf({ "$setElementOrder/containers": [{ name: "two" }] }) }] }),
      ...plain,
    },
    "the directive $setElementOrder/containers is not known here",
  ],
  [
    "a JSON patch that does not fit",
    {
      "kustomization.yaml": top({
        resources,
        patches: [{ target: { kind: "Service" }, patch: stringify([{ op: "replace", path: "/spec/no", value: 1 }]) }],
      }),
      ...plain,
    },
    "Service s: operation 1: /spec/no is not there",
  ],
  [
    "a namespace that would rename one",
    { "kustomization.yaml": top({ resources: ["n.yaml"], namespace: "x" }), "n.yaml": namespace },
    "namespace would rename Namespace elsewhere; put it into a kustomization without one",
  ],
  [
    "a ConfigMap to merge into that is not there",
    { "kustomization.yaml": top({ configMapGenerator: [{ ...settings, behavior: "merge" }] }) },
    "there is no generated ConfigMap settings to merge",
  ],
  [
    "a directory that contains itself",
    { "kustomization.yaml": top({ resources: ["below"] }), "below/kustomization.yaml": kustomization({ resources: ["../below"] }) },
    "it contains itself",
  ],
  ["no YAML", { "kustomization.yaml": "a: [" }, "Flow sequence"],
];

test.for(refusals)("refused, with the file: %s", async ([, files, text]) => {
  const directory = directoryOf(files);
  const error = await buildKustomization(directory).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(FlyteError);
  expect(error).toMatchObject({ code: "MANIFEST_INVALID", message: expect.stringContaining(text) as unknown });
  expect((error as FlyteError).message).toContain(directory);
});
