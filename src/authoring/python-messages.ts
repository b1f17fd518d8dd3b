/** What serialize.py says, one JSON line each. */
export type PythonMessage =
  | { readonly event: "ready"; readonly archive: string | null; readonly version: string; readonly root: string; readonly count: number }
  | { readonly event: "done"; readonly entities: readonly PythonEntity[] }
  | PythonFailure;

export interface PythonEntity {
  readonly file: string;
  readonly kind: "task" | "workflow" | "launch_plan";
  readonly activate: boolean;
}

export interface PythonFailure {
  readonly event: "error";
  /** `program` is an exception of the user's modules; the others are explained by the message. */
  readonly kind: "program" | "flytekit" | "roots" | "names" | "links" | "empty";
  readonly message: string;
  readonly hint: string;
  readonly frames: readonly PythonFrame[];
  readonly missing?: string | null;
  readonly python?: string;
}

export interface PythonFrame {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly text: string;
}
