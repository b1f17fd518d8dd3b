import { beforeAll, describe, expect, test } from "vitest";
import type { ClusterOfTasks } from "./cluster-of-tasks.ts";

const grace = "Grace period [3m0s] exceeded|containers with unready status: [without-image-n0-0]|Back-off pulling image";

/** Pods that do not end by themselves, and what is told of each. They all begin at once: most of their time is spent waiting. */
export function unhappyEnds(cluster: () => ClusterOfTasks): void {
  describe("pods that do not end well", () => {
    const workflows = {
      late: "ends.late",
      writing: "ends.writing",
      asking: "ends.asking",
      misnamed: "ends.misnamed",
      foreign: "ends.foreign",
      eating: "pods.eating",
      failing: "pods.failing",
    };
    beforeAll(async () => {
      for (const [name, workflow] of Object.entries(workflows)) await cluster().launch(workflow, name);
    });

    const ends: readonly (readonly [string, string, code: string, text: string | RegExp])[] = [
      ["a task that fails tells the program's own error", "failing", "USER:RuntimeError", /Traceback[^]*ValueError: 5 is too big/],
      ["more memory than it may have", "eating", "RetriesExhausted|OOMKilled", /OOMKilled/],
      [
        "longer than its deadline",
        "late",
        "RetriesExhausted|DeadlineExceeded",
        "USER::Pod was active on the node longer than the specified deadline",
      ],
      [
        "more disk than it may have, so that its node evicts it",
        "writing",
        "RetriesExhausted|Evicted",
        "USER::Pod ephemeral local storage usage exceeds the total limit of containers 10Mi.",
      ],
      [
        "an image whose name is none",
        "misnamed",
        "ContainersNotReady|InvalidImageName",
        'couldn\'t parse image name "local/Not-An-Image:1"',
      ],
      [
        "an image for another architecture",
        "foreign",
        "RetriesExhausted|",
        /exec \/usr\/local\/bin\/pyflyte-fast-execute: exec format error/,
      ],
      ["an image that is nowhere, after its grace", "without-image", "RetriesExhausted|ContainersNotReady|ImagePullBackOff", grace],
    ];
    test.each(ends)("%s", async (_, name, code, text) => {
      const { phase, error } = await cluster().ended(name);
      expect({ phase, kind: error?.kind, code: error?.code }).toEqual({
        phase: "FAILED",
        kind: "USER",
        code: code.endsWith("|") ? (expect.stringMatching(/^RetriesExhausted[|]\w+$/) as string) : code,
      });
      expect(error?.message).toMatch(text instanceof RegExp ? text : literal(text));
      // No pod of an attempt that failed is left, but one that has told why by itself, for its log.
      if (name !== "failing") await cluster().until(`the pod of ${name} goes`, () => cluster().podsOf(name).length === 0);
    });

    test("more than any node has: it waits, says for what, and can be terminated", async () => {
      expect(await cluster().attempts("asking")).toMatchObject([
        { phase: "QUEUED", reason: expect.stringMatching(/^Unschedulable:0\/1 nodes are available: 1 Insufficient cpu[.]/) as string },
      ]);
      await cluster().home.flyte("terminate", "asking");
      await cluster().until("its pod goes", () => cluster().podsOf("asking").length === 0);
    });
  });
}

const literal = (text: string): RegExp => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
