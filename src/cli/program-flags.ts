import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";

/** Where a user's programs lie, for commands that load them. */
export const programArgs = {
  path: Args.string({
    required: true,
    description: "Python file or package, archive of `pyflyte package`, or .pb file; several may be given",
  }),
};

/** How a user's programs are loaded. */
export const programFlags = {
  version: Flags.string({ summary: "Version of all; made from the code otherwise." }),
  python: Flags.string({ summary: "Interpreter that has flytekit; else FLYTE_PYTHON, the active virtual environment's, or python3." }),
  image: Flags.string({ multiple: true, multipleNonGreedy: true, summary: "IMAGE, or NAME=IMAGE, that tasks run in." }),
};
