/** The Python that tasks are run with. */
export interface Interpreter {
  readonly path: string;
}

/** Tasks whose image (`*` matches anything) and project fit run with `path`. */
export interface InterpreterRule {
  readonly image?: string;
  readonly project?: string;
  readonly path: string;
}

/** The first rule that fits, else the default. */
export function chooseInterpreter(
  task: { readonly image: string; readonly project: string },
  rules: readonly InterpreterRule[],
  fallback: Interpreter | undefined,
): Interpreter | undefined {
  const rule = rules.find(
    ({ image, project }) => (image === undefined || globMatches(image, task.image)) && (project === undefined || project === task.project),
  );
  return rule ? { path: rule.path } : fallback;
}

function globMatches(glob: string, text: string): boolean {
  const pattern = glob
    .split("*")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${pattern}$`, "s").test(text);
}
