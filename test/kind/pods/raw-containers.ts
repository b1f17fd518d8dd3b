import path from "node:path";
import { describe, expect, test } from "vitest";
import { testPython } from "../../support/test-sandbox.ts";
import type { ClusterOfTasks } from "./cluster-of-tasks.ts";

/** Containers of raw.py, which know nothing of Flyte: their inputs and outputs are files. */
export function rawContainers(cluster: () => ClusterOfTasks): void {
  describe("a raw container", () => {
    const readOutputs = path.join(import.meta.dirname, "../workspace/read_outputs.py");
    /** Started together, each waited for by its own test. */
    const failing = [
      ["exits", "Error", "terminated with exit code (3). Reason [Error]. Message: \nno luck\n"],
      ["tells", "OutputUploadFailed", "User Error: the disk is flat"],
      ["dies", "OutputUploadFailed", "User Error: told first"],
      ["forgets", "OutputUploadFailed", "file not found at path [/var/outputs/x]: stat /var/outputs/x: no such file or directory"],
      ["misspells", "OutputUploadFailed", 'failed to parse integer value: strconv.ParseInt: parsing "one": invalid syntax'],
    ] as const;

    test("has its inputs as files in each format, and what it leaves as files is read by the real client", async () => {
      await cluster().register("development", "raw.py");
      for (const [workflow] of failing) await cluster().launch(`raw.${workflow}`, workflow);
      const execution = await cluster().run("raw.py", "echoing", ["--took", "1h 1.5s"]);
      expect(await cluster().ended(execution)).toMatchObject({ phase: "SUCCEEDED" });
      const read = await cluster().home.run(testPython(), [readOutputs, execution]);
      expect(read.code, read.stderr).toBe(0);
      const { document, yaml, pb, ...others } = JSON.parse(read.stdout) as Readonly<Record<string, string>>;
      expect(others).toEqual({
        // Its digits are beyond what this test's JSON holds: the document has them.
        number: expect.any(Number) as number,
        text: "a b",
        ratio: 2.5e-7,
        yes: true,
        when: "2026-05-01 10:00:00.250000+00:00",
        took: "1:00:01.500000",
        file: "in a file",
        tree: { top: "1", "deep/low": "2", "deep/er/lowest": "3" },
        seen: "file inputs.json inputs.pb nothing number numbers ratio text took tree when words yes 7v null er\nlow",
      });
      expect(read.stdout).toContain('"number": 9007199254740993');
      expect(document).toBe(
        '{"file":"/var/inputs/file","nothing":null,"number":9007199254740993,"numbers":[7],"ratio":2.5e-7,"text":"a b",' +
          '"took":3601500000000,"tree":"/var/inputs/tree","when":"2026-05-01T10:00:00.25Z","words":{"k":"v"},"yes":true}',
      );
      expect(yaml).toContain("number: 9007199254740993");
      expect(Number(pb)).toBeGreaterThan(100);
    });

    test.each(failing)("that %s fails as %s", async (workflow, code, message) => {
      const { phase, error } = await cluster().ended(workflow);
      expect(phase).toBe("FAILED");
      expect(error).toMatchObject({ code: `RetriesExhausted|${code}`, kind: "USER" });
      expect(error?.message).toContain(message);
    });

    test("whose inputs are not there does not begin", async () => {
      await cluster().launch("raw.reading", "reading", { file: "s3://my-s3-bucket/no/such" });
      const { phase, error } = await cluster().ended("reading");
      expect(phase).toBe("FAILED");
      expect(error?.message).toContain("variable [file] download/store failed: incorrect blob reference, does not exist");
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
