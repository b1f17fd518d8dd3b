import { FlyteError } from "../std/errors.ts";
import type { Answer } from "../cli/answer.ts";
import { plainText } from "../cli/plain-text.ts";
import { packageRoot } from "../sandbox/package-files.ts";
import { allSandboxes } from "../sandbox/sandbox-status.ts";
import type { Check } from "./check.ts";
import { ok } from "./check.ts";
import { checkCertificates } from "./check-certificates.ts";
import { checkConfig } from "./check-config.ts";
import type { Place } from "./check-config.ts";
import { checkDisk } from "./check-disk.ts";
import { checkEndpoint } from "./check-endpoint.ts";
import { checkNode } from "./check-node.ts";
import { checkPath } from "./check-path.ts";
import { checkPorts } from "./check-ports.ts";
import { checkPython } from "./check-python.ts";
import { checkSandboxes } from "./check-sandboxes.ts";

/** Looks at everything a launch on this machine needs; fails with DOCTOR_PROBLEMS (all checks in its details) when something will not work. */
export async function runDoctor(place: Place, version: string): Promise<Answer> {
  const { environment, home } = place;
  const sandboxes = await allSandboxes();
  const [{ check: config, settings }, python, disk, ports] = await Promise.all([
    checkConfig(place),
    checkPython(environment),
    checkDisk(home),
    checkPorts(sandboxes),
  ]);
  const items = [
    checkNode(process.versions.node, process.execPath),
    ok("package", `flyte ${version} (${packageRoot()})`),
    checkPath(environment, packageRoot()),
    config,
    ...(settings ? [await checkEndpoint(settings)] : []),
    ...checkSandboxes(sandboxes, version),
    python,
    disk,
    ports,
    checkCertificates(environment),
  ];
  const problems = items.filter(({ status }) => status === "problem");
  return {
    data: { items, nextToken: null },
    text: () => doctorText(items),
    ...(problems.length > 0 ? { failure: failureOf(items, problems) } : {}),
  };
}

/** A line a check, its hint below it. */
export function doctorText(items: readonly Check[]): string {
  const width = Math.max(...items.map(({ name }) => name.length)) + 2;
  return items
    .map(({ name, status, detail, hint }) => {
      const line = `${status.padEnd(9)}${name.padEnd(width)}${plainText(detail)}\n`;
      return hint === null ? line : `${line}${" ".repeat(9 + width)}hint: ${plainText(hint)}\n`;
    })
    .join("");
}

function failureOf(items: readonly Check[], problems: readonly Check[]): FlyteError {
  return new FlyteError({
    code: "DOCTOR_PROBLEMS",
    blame: "environment",
    message: `${problems.length === 1 ? "a problem was found" : `${problems.length} problems were found`}: ${problems.map(({ name }) => name).join(", ")}`,
    hint: problems[0]?.hint ?? "",
    details: { items },
  });
}
