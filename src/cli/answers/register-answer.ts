import type { RegisterResult } from "../../authoring/register.ts";
import type { FlyteError } from "../../std/errors.ts";
import type { Answer } from "../answer.ts";
import { renderTable } from "../table.ts";

/** Every entity with what became of it; `failure` when some were refused. */
export function registerAnswer(result: RegisterResult, failure: FlyteError | undefined): Answer {
  const { items } = result;
  const rows = items.map(({ urn, outcome, activated }) => [
    urn,
    activated ? `${outcome}, ${outcome === "planned" ? "to be active" : "active"}` : outcome,
  ]);
  return {
    data: result,
    urns: items.filter(({ outcome }) => outcome !== "failed").map(({ urn }) => urn),
    text: (width) => renderTable({ columns: ["urn", "outcome"], rows }, width),
    ...(failure ? { failure } : {}),
  };
}
