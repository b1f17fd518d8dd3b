import { expect } from "vitest";

/** Workflows of raw.py that fail, with the code and the end of the message that they fail with, wherever they run. */
export const failingContainers = [
  ["exits", "Error", "terminated with exit code (3). Reason [Error]. Message: \nno luck\n"],
  ["tells", "OutputUploadFailed", "User Error: the disk is flat"],
  ["dies", "OutputUploadFailed", "User Error: told first"],
  ["forgets", "OutputUploadFailed", "file not found at path [/var/outputs/x]: stat /var/outputs/x: no such file or directory"],
  ["misspells", "OutputUploadFailed", 'failed to parse integer value: strconv.ParseInt: parsing "one": invalid syntax'],
] as const;

/** Of a file that is not there. */
export const noSuchInput = "variable [file] download/store failed: incorrect blob reference, does not exist";

/** What `echoing` of raw.py gives, run with `--took "1h 1.5s"`; `read` is what read_outputs.py prints. */
export function expectEchoed(read: string): void {
  const { document, yaml, pb, ...others } = JSON.parse(read) as Readonly<Record<string, string>>;
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
  expect(read).toContain('"number": 9007199254740993');
  expect(document).toBe(
    '{"file":"/var/inputs/file","nothing":null,"number":9007199254740993,"numbers":[7],"ratio":2.5e-7,"text":"a b",' +
      '"took":3601500000000,"tree":"/var/inputs/tree","when":"2026-05-01T10:00:00.25Z","words":{"k":"v"},"yes":true}',
  );
  expect(yaml).toContain("number: 9007199254740993");
  expect(Number(pb)).toBeGreaterThan(100);
}
