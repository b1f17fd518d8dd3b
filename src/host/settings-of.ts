import { type EngineSettings, productionSettings, sandboxSettings } from "../engine/settings.ts";
import { defaultBucket } from "../stores/objects/default-credentials.ts";
import type { HostConfig } from "./host-config.ts";

/** `http://localhost:30080`: base of links to this process. */
export function publicUrlOf(config: HostConfig): string {
  return (config.publicUrl ?? `http://localhost:${config.ports[0]}`).replace(/\/$/, "");
}

/** Base of links to what propeller serves; undefined where people reach it nowhere: apart from admin, unless it is told an address. */
export function propellerUrlOf(config: HostConfig): string | undefined {
  const isAdmin = config.roles === undefined || config.roles.includes("admin");
  return isAdmin || config.publicUrl !== undefined ? publicUrlOf(config) : undefined;
}

/** What the engine is told: the profile's numbers, and what the configuration says instead. */
export function settingsOf(config: HostConfig): EngineSettings {
  const base = config.profile === "sandbox" ? sandboxSettings : productionSettings();
  const { taskResources, ...limits } = config.limits ?? {};
  const container = `s3://${config.objects.store === "s3" ? config.objects.bucket : defaultBucket}`;
  return {
    ...base,
    ...limits,
    container,
    rawOutputPrefix: `${container}/data`,
    publicUrl: publicUrlOf(config),
    reevaluationInterval: config.reevaluationInterval ?? base.reevaluationInterval,
    ...(config.maxCacheAge !== undefined && { maxCacheAge: config.maxCacheAge }),
    scheduler: { ...base.scheduler, ...config.scheduler },
    taskResources: {
      defaults: { ...base.taskResources.defaults, ...taskResources?.defaults },
      limits: { ...base.taskResources.limits, ...taskResources?.limits },
    },
  };
}
