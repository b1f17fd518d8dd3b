// Runs dependency-cruiser over src and fails on a violation, or when it found nothing to check.
import { execFileSync } from "node:child_process";

let report;
try {
  report = execFileSync(
    process.execPath,
    ["node_modules/dependency-cruiser/bin/dependency-cruiser.mjs", "--config", ".dependency-cruiser.cjs", "--output-type", "json", "src"],
    { encoding: "utf8", maxBuffer: 1 << 28 },
  );
} catch (error) {
  report = error.stdout;
}
const { summary } = JSON.parse(report);
for (const violation of summary.violations) process.stderr.write(`${violation.rule.name}: ${violation.from} -> ${violation.to}\n`);
if (!(summary.totalCruised > 0)) throw new Error("no module was found under src: nothing was checked");
process.stdout.write(`directions: ${summary.totalCruised} modules, ${summary.violations.length} violations\n`);
process.exit(summary.violations.length === 0 ? 0 : 1);
