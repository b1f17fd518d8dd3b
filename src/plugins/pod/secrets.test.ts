import { describe, expect, test } from "vitest";
import { flyteidl } from "../../idl/flyteidl.ts";
import type { PodSpec } from "../../ports/kubernetes-objects.ts";
import { withSecrets } from "./secrets.ts";

const { ANY, FILE, ENV_VAR } = flyteidl.core.Secret.MountType;
const bare: PodSpec = { containers: [{ name: "main" }], initContainers: [{ name: "init" }] };

test("a variable is read from the Kubernetes secret of the group, under Flyte's name", () => {
  const spec = withSecrets(bare, [{ group: "grOUP", key: "Hello", mountRequirement: ENV_VAR, envVar: "TOKEN" }]);
  const valueFrom = { secretKeyRef: { name: "grOUP", key: "Hello", optional: true } };
  const env = [
    { name: "_FSEC_GROUP_HELLO", valueFrom },
    { name: "TOKEN", valueFrom },
    { name: "FLYTE_SECRETS_ENV_PREFIX", value: "_FSEC_" },
  ];
  expect(spec).toEqual({ containers: [{ name: "main", env }], initContainers: [{ name: "init", env }] });
});

describe("files", () => {
  test.for([FILE, ANY])("are mounted where flytekit looks for them (%i)", (mountRequirement) => {
    const spec = withSecrets(bare, [{ group: "grOUP", key: "Hello", mountRequirement, envVar: "WHERE" }]);
    // The volume's name is the one that Flyte's webhook makes of group and version.
    expect(spec.volumes).toEqual([
      { name: "m4ze5vkql3", secret: { secretName: "grOUP", items: [{ key: "Hello", path: "hello" }], optional: true } },
    ]);
    const one = {
      volumeMounts: [{ name: "m4ze5vkql3", readOnly: true, mountPath: "/etc/flyte/secrets/group" }],
      env: [
        { name: "FLYTE_SECRETS_DEFAULT_DIR", value: "/etc/flyte/secrets" },
        { name: "FLYTE_SECRETS_FILE_PREFIX", value: "" },
        { name: "WHERE", value: "/etc/flyte/secrets/group/hello" },
      ],
    };
    expect(spec.containers).toEqual([{ name: "main", ...one }]);
    expect(spec.initContainers).toEqual([{ name: "init", ...one }]);
  });

  test("of one group share a volume", () => {
    const spec = withSecrets(bare, [
      { group: "g", key: "a", mountRequirement: FILE },
      { group: "g", key: "b", mountRequirement: FILE },
      { group: "g", key: "a", mountRequirement: FILE },
      { group: "h", key: "a", mountRequirement: FILE },
    ]);
    expect(spec.volumes?.map(({ secret }) => [secret?.secretName, secret?.items?.map(({ key }) => key)])).toEqual([
      ["g", ["a", "b"]],
      ["h", ["a"]],
    ]);
    expect(spec.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(["/etc/flyte/secrets/g", "/etc/flyte/secrets/h"]);
  });
});

test("what a container has already under such a name stays", () => {
  const own: PodSpec = { containers: [{ name: "main", env: [{ name: "_FSEC_G_K", value: "mine" }] }] };
  const spec = withSecrets(own, [{ group: "g", key: "k", mountRequirement: ENV_VAR }]);
  expect(spec.containers[0]?.env).toEqual([
    { name: "_FSEC_G_K", value: "mine" },
    { name: "FLYTE_SECRETS_ENV_PREFIX", value: "_FSEC_" },
  ]);
});

test.for([{ group: "g" }, { key: "k" }])("%j is refused", (secret) => {
  expect(() => withSecrets(bare, [secret])).toThrow("a secret needs a group and a key here");
});
