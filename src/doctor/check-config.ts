import { existsSync } from "node:fs";
import path from "node:path";
import type { DeploymentFlags } from "../cli/deployment-flags.ts";
import { resolveSettings } from "../cli/settings/settings.ts";
import type { Settings } from "../cli/settings/settings.ts";
import { FlyteError } from "../std/errors.ts";
import { ok, problem, warning } from "./check.ts";
import type { Check, Environment } from "./check.ts";

export interface Place {
  readonly flags: DeploymentFlags;
  readonly environment: Environment;
  readonly cwd: string;
  readonly home: string;
}

/** Which configuration files there are and which one says where the deployment is; settings when they can be read. */
export async function checkConfig(place: Place): Promise<{ readonly check: Check; readonly settings?: Settings }> {
  const { flags, environment, cwd, home } = place;
  try {
    const settings = await resolveSettings(place);
    const { value, source } = settings.endpoint;
    const usual = [cwd, home].map((folder) => path.join(folder, ".flyte", "config.yaml"));
    const chosen = environment["FLYTECTL_CONFIG"] ? path.resolve(cwd, environment["FLYTECTL_CONFIG"]) : undefined;
    const files = [...new Set([...(chosen === undefined ? [] : [chosen]), ...usual])].filter((file) => existsSync(file));
    const rest = files.filter((file) => file !== source);
    const hider = flags.sandbox !== undefined ? "--sandbox" : flags.config !== undefined ? "--config" : chosen && "FLYTECTL_CONFIG";
    const also = rest.length === 0 ? "" : `; ${hider ? `not read because of ${hider}` : "also read"}: ${rest.join(", ")}`;
    const detail = `${value} (from ${source})${also}`;
    const [unread] = settings.warnings;
    const check =
      unread === undefined ? ok("config", detail) : warning("config", `${detail}; ${settings.warnings.join("; ")}`, "correct the key");
    return { check, settings };
  } catch (error) {
    if (!(error instanceof FlyteError)) throw error;
    return { check: problem("config", error.message, error.hint) };
  }
}
