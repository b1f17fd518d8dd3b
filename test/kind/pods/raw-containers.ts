import path from "node:path";
import { describe, expect, test } from "vitest";
import { expectEchoed, failingContainers, noSuchInput } from "../../support/raw-containers.ts";
import { testPython } from "../../support/test-sandbox.ts";
import type { ClusterOfTasks } from "./cluster-of-tasks.ts";

/** Containers of raw.py, which know nothing of Flyte: their inputs and outputs are files. */
export function rawContainers(cluster: () => ClusterOfTasks): void {
  describe("a raw container", () => {
    const readOutputs = path.join(import.meta.dirname, "../workspace/read_outputs.py");
    test("has its inputs as files in each format, and what it leaves as files is read by the real client", async () => {
      await cluster().register("development", "raw.py");
      // Started together, each waited for by its own test.
      for (const [workflow] of failingContainers) await cluster().launch(`raw.${workflow}`, workflow);
      const execution = await cluster().run("raw.py", "echoing", ["--took", "1h 1.5s"]);
      expect(await cluster().ended(execution)).toMatchObject({ phase: "SUCCEEDED" });
      const read = await cluster().home.run(testPython(), [readOutputs, execution]);
      expect(read.code, read.stderr).toBe(0);
      expectEchoed(read.stdout);
    });

    test.each(failingContainers)("that %s fails as %s", async (workflow, code, message) => {
      const { phase, error } = await cluster().ended(workflow);
      expect(phase).toBe("FAILED");
      expect(error).toMatchObject({ code: `RetriesExhausted|${code}`, kind: "USER" });
      expect(error?.message).toContain(message);
    });

    test("whose inputs are not there does not begin", async () => {
      await cluster().launch("raw.reading", "reading", { file: "s3://my-s3-bucket/no/such" });
      const { phase, error } = await cluster().ended("reading");
      expect(phase).toBe("FAILED");
      expect(error?.message).toContain(noSuchInput);
    });

    test("keeps files to itself that are outputs all the same, and one that is aborted is gone before its hour for uploads", async () => {
      await cluster().launch("raw.keeping", "keeping");
      const urn = await cluster().launch("raw.waits", "waits");
      expect(await cluster().ended("keeping")).toMatchObject({ phase: "SUCCEEDED", outputs: { o0: 5 } });
      await cluster().runningPod("waits");
      const terminated = await cluster().home.flyte("terminate", urn, "--cause", "enough seen");
      expect(terminated.code, terminated.stderr).toBe(0);
      await cluster().until("its pod goes", () => cluster().podsOf("waits").length === 0);
    });
  });
}
