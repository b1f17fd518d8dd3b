import { expect, test } from "vitest";
import { PipProgress } from "./pip-progress.ts";

test("pip's lines are told with the time, at most one a second; the installation always; silence after ten seconds", () => {
  const pip = new PipProgress(0);
  expect(pip.line("Collecting flytekit (from -r requirements.txt (line 1))", 400)).toBeUndefined();
  expect(pip.line("  Downloading flytekit-1.16.0-py3-none-any.whl.metadata (4.1 kB)", 1200)).toBe(
    "    1 s  downloading flytekit-1.16.0-py3-none-any.whl (4.1 kB)",
  );
  expect(pip.line("Collecting pandas>=2", 1900)).toBeUndefined();
  expect(pip.line("     ---- 4.1/4.1 MB 10 MB/s", 5000)).toBeUndefined();
  expect(pip.line("Requirement already satisfied: pip", 5000)).toBeUndefined();
  expect(pip.beat(11_000)).toBeUndefined();
  expect(pip.beat(11_300)).toBe("   11 s  still collecting pandas>=2");
  expect(pip.beat(12_000)).toBeUndefined();
  expect(pip.line("Installing collected packages: a, b, c", 12_100)).toBe("   12 s  installing 3 packages");
  expect(pip.line("Building wheel for x (setup.py): started", 112_200)).toBe("  112 s  building x");
});
