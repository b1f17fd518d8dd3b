import { afterAll, beforeAll } from "vitest";
import { docker } from "./kind-home.ts";
import { ClusterOfTasks } from "./pods/cluster-of-tasks.ts";
import { disruptions } from "./pods/disruptions.ts";
import { foreignImage } from "./pods/foreign-image.ts";
import { rawContainers } from "./pods/raw-containers.ts";
import { unhappyEnds } from "./pods/unhappy-ends.ts";
import { wholeLife } from "./pods/whole-life.ts";

let opened: ClusterOfTasks | undefined;

function cluster(): ClusterOfTasks {
  if (!opened) throw new Error("the sandbox has not been started");
  return opened;
}

/** A PodTemplate that tasks name: what Flyte's pods are made on top of. */
const template = (name: string, spec: object): object => ({
  apiVersion: "v1",
  kind: "PodTemplate",
  metadata: { name, namespace: "flytesnacks-development" },
  template: { spec: { containers: [{ name: "default", image: "none" }], ...spec } },
});
const toleration = { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 0 };

beforeAll(async () => {
  opened = await ClusterOfTasks.start(`p${process.pid}`);
  await foreignImage("flyte-test-foreign:v1");
  await opened.sandbox("load", "flyte-test-foreign:v1");
  opened.apply(
    template("deadline", { activeDeadlineSeconds: 5 }),
    template("impatient", { tolerations: [toleration] }),
    template("brief", { containers: [{ name: "default", image: "none", command: ["sh", "-c", "sleep 0.5"] }] }),
  );
  await opened.register("development", "shapes.py", "ends.py", "pods.py");
  await opened.register("staging", "ends.py");
  // Its grace is three minutes, which the other tests fill.
  await opened.launch("ends.without_image", "without-image");
});
afterAll(async () => {
  await opened?.[Symbol.asyncDispose]();
  docker("image", "rm", "--force", "flyte-test-foreign:v1");
});

wholeLife(cluster);
rawContainers(cluster);
disruptions(cluster);
unhappyEnds(cluster);
