import type { AdminClient } from "../client/admin-client.ts";
import { choosePython } from "./python-interpreter.ts";
import { register } from "./register.ts";
import type { RegisterResult } from "./register.ts";

export interface RegisterOptions {
  readonly project: string;
  readonly domain: string;
  readonly version?: string | undefined;
  readonly python?: string | undefined;
  readonly images: readonly string[];
  readonly copy: "auto" | "all" | "none";
  readonly destinationDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly serviceAccount?: string | undefined;
  readonly rawDataPrefix?: string | undefined;
  readonly activateAll: boolean;
  readonly dryRun: boolean;
  /** Of this process: it chooses the interpreter, and Python inherits it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly progress: (line: string) => void;
  /** Throws when the deployment has no such project or domain. */
  readonly checkScope: (scope: { readonly project: string; readonly domain: string }) => Promise<void>;
  /** Puts code where tasks can read it and returns its URI. */
  readonly uploadCode: (code: { readonly name: string; readonly bytes: Uint8Array }) => Promise<string>;
  readonly signal: AbortSignal;
}

/** Registers what lies at the paths (see register) with the deployment behind `admin`. */
export function registerPaths(admin: AdminClient, paths: readonly string[], options: RegisterOptions): Promise<RegisterResult> {
  const { environment, signal, progress, uploadCode, checkScope } = options;
  return register(
    { ...options, paths, python: choosePython(options.python, environment) },
    {
      admin,
      environment,
      signal,
      progress,
      onPythonOutput: progress,
      uploadCode,
      checkScope,
    },
  );
}
