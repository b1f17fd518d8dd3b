/** What is read of a kustomization.yaml: the part of kustomize that our manifests use. Paths are relative to its directory. */
export interface Kustomization {
  /** Files of objects, and directories of other kustomizations. */
  readonly resources?: readonly string[];
  /** Put into every object that has one. */
  readonly namespace?: string;
  readonly labels?: readonly KustomizeLabels[];
  readonly images?: readonly KustomizeImage[];
  readonly patches?: readonly KustomizePatch[];
  readonly configMapGenerator?: readonly KustomizeConfigMap[];
  /** `fifo`: objects stand in the order of the files; nothing else is known here. */
  readonly sortOptions?: { readonly order: string };
}

/** Set on every object, never on selectors. */
export interface KustomizeLabels {
  readonly pairs: Readonly<Record<string, string>>;
  /** On the pods of workloads, too. */
  readonly includeTemplates?: boolean;
}

/** Replaces the name, tag or digest of the images called `name`. */
export interface KustomizeImage {
  readonly name: string;
  readonly newName?: string;
  readonly newTag?: string;
  readonly digest?: string;
}

/** A strategic merge patch, for the object it names or for `target`; or a list of JSON patch operations for `target`. */
export interface KustomizePatch {
  /** A file, */
  readonly path?: string;
  /** or its text. */
  readonly patch?: string;
  readonly target?: PatchTarget;
}

/** Objects that have all that is named. */
export interface PatchTarget {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** A ConfigMap whose name ends with a hash of its content. */
export interface KustomizeConfigMap {
  readonly name: string;
  readonly namespace?: string;
  /** `create` (default) a new one, or `merge` into one of a kustomization below. */
  readonly behavior?: "create" | "merge";
  /** `path` or `key=path`. */
  readonly files?: readonly string[];
  /** `key=value` */
  readonly literals?: readonly string[];
}
