import { FlyteError } from "../std/errors.ts";
import type { PythonInterpreter } from "./python-interpreter.ts";
import type { PythonFailure, PythonFrame } from "./python-messages.ts";

/** What serialize.py reported, for people: an exception with the user's own frames, or a plain refusal. */
export function pythonError(failure: PythonFailure, python: PythonInterpreter): FlyteError {
  if (failure.kind !== "program") {
    return new FlyteError({
      code: failure.kind === "flytekit" ? "FLYTEKIT_MISSING" : "PYTHON_PROGRAM_UNUSABLE",
      blame: failure.kind === "flytekit" ? "environment" : "usage",
      message: failure.message,
      hint:
        failure.kind === "flytekit"
          ? `run: ${failure.hint}; or choose another interpreter with --python (this one came from ${python.source})`
          : failure.hint,
    });
  }
  const hint = failure.missing
    ? `install it for ${failure.python ?? python.path} (from ${python.source}), or choose another interpreter with --python; a module of your own must lie under the folder that is the root of the imports`
    : "correct the program; it is imported to find its tasks and workflows";
  return new FlyteError({
    code: "PYTHON_PROGRAM_FAILED",
    blame: "usage",
    message: ["the program cannot be loaded", ...failure.frames.map(frameText), failure.message].join("\n"),
    hint,
    details: { exception: failure.message, frames: failure.frames },
  });
}

function frameText(frame: PythonFrame): string {
  return `  ${frame.file}:${frame.line}${frame.function && frame.function !== "<module>" ? ` in ${frame.function}` : ""}\n    ${frame.text}`;
}
