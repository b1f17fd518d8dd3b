import { appendFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** Adds one line of counts to the file that FLYTE_TEST_COUNTS names: scripts/test.js sums them up over its runs. */
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      let any = false;
      for (const test of module.children.allTests()) {
        any = true;
        const { state } = test.result();
        counts[state === "passed" || state === "failed" ? state : "skipped"]++;
      }
      if (!any && module.state() === "failed") counts.failed++;
    }
    const file = process.env["FLYTE_TEST_COUNTS"];
    if (file) appendFileSync(file, `${JSON.stringify(counts)}\n`);
  }
}
