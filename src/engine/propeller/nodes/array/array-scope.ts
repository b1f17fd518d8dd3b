import { largestFile } from "../../largest-file.ts";
import { ElementInputs } from "./element-inputs.ts";
import { ElementResults, isElementEnd } from "./element-results.ts";
import { elementLayout } from "../../layout.ts";
import { flyteidl } from "../../../../idl/flyteidl.ts";
import { isTerminalNode } from "../../../../idl/phases.ts";
import { readBlob } from "../../../../ports/read-blob.ts";
import { Scope, scopeKeyOf } from "../../scope.ts";
import { templateOfElement } from "./template-of-element.ts";
import { uniqueElementId } from "../../../../idl/names.ts";
import type { LiteralMap, WorkflowNode } from "../../../../idl/types.ts";
import type { NodeLayout } from "../../layout.ts";
import type { PlacedNode } from "../../placed-node.ts";
import type { Program } from "../../program.ts";
import type { PropellerDeps } from "../../propeller-deps.ts";
import type { WorkflowRun } from "../../workflow-run.ts";

type PastElement = flyteidl.event.ExternalResourceInfo.$Properties;

const nobody: PlacedNode["downstream"] = new Set();

function programWithin({ node, scope }: PlacedNode, inner: WorkflowNode): Program {
  const { program } = scope;
  const task = program.taskOf(inner);
  const template = task && templateOfElement(task, node.arrayNode ?? {});
  return { ...program, taskOf: (asked) => (asked === inner ? template : program.taskOf(asked)) };
}

/**
 * What runs within one attempt of an array. An element is a node from when it begins until admin has been told of its end;
 * before and after that nothing but a byte is kept of it.
 */
export class ArrayScope extends Scope {
  readonly array: PlacedNode;
  readonly results: ElementResults;
  /** By index, in the order in which they began. */
  readonly live: Map<number, PlacedNode> = new Map();
  /** All before it have begun. */
  next = 0;
  readonly #attempt: number;
  readonly #inner: WorkflowNode;
  readonly #isCounted: boolean;
  #inputs: Promise<ElementInputs> | undefined;
  #pastElements: Promise<ReadonlyMap<number, PastElement>> | undefined;

  /** `isCounted`: elements take part in the execution's limit on parallelism. */
  constructor(run: WorkflowRun, array: PlacedNode, attempt: number, size: number, isCounted: boolean) {
    // What stands for the inputs of elements are parts of the array's own.
    const inner: WorkflowNode = { ...array.node.arrayNode?.node, inputs: [] };
    super({ program: programWithin(array, inner), graph: { nodes: [], armsUpstream: new Map() }, place: { node: array, attempt } });
    this.array = array;
    this.#attempt = attempt;
    this.#inner = inner;
    this.#isCounted = isCounted;
    const key = scopeKeyOf(array, attempt);
    this.results = new ElementResults(size, (number) => run.record(`${key}#${number}`));
  }

  get size(): number {
    return this.results.size;
  }

  /** Its elements are nodes to admin, each with an execution of its own; else they are parts of the array's one task execution. */
  get isOfNodes(): boolean {
    return this.#inner.workflowNode != null;
  }

  override get told(): Iterable<PlacedNode> {
    return this.isOfNodes ? [...this.live.values()] : [];
  }

  /** An element that has begun or is about to. */
  element(index: number): PlacedNode {
    const known = this.live.get(index);
    if (known) return known;
    const { array } = this;
    const id = `n${index}`;
    const placed: PlacedNode = {
      scope: this,
      id,
      order: index,
      key: `${this.key}${id}`,
      uniqueId: uniqueElementId({ uniqueId: array.uniqueId, attempt: this.#attempt }, index),
      kind: this.isOfNodes ? "launch-plan-element" : "element",
      node: this.#inner,
      layout: this.#layoutOf(index),
      upstream: [],
      downstream: nobody,
      element: {
        index,
        isCounted: this.#isCounted,
        isTold: this.isOfNodes,
        // Flyte: nodes/array/execution_context.go.
        env: { BATCH_JOB_ARRAY_INDEX_VAR_NAME: "FLYTE_K8S_ARRAY_INDEX", FLYTE_K8S_ARRAY_INDEX: String(index) },
        inputs: (_run, deps) => this.#inputsOf(deps, index),
      },
    };
    this.live.set(index, placed);
    return placed;
  }

  #layoutOf(index: number): NodeLayout {
    return elementLayout(this.array.layout, this.#attempt, index, isIndividual(this.array));
  }

  async #inputsOf(deps: PropellerDeps, index: number): Promise<LiteralMap> {
    const { layout, node } = this.array;
    this.#inputs ??= readBlob(deps.blobs, layout.inputs, largestFile).then(
      (bytes) => new ElementInputs(bytes, node.arrayNode?.boundInputs ?? []),
    );
    try {
      return (await this.#inputs).of(index);
    } catch (thrown) {
      this.#inputs = undefined;
      throw thrown;
    }
  }

  /** By index, what has become of elements in the execution that is recovered; without those that admin did not list. */
  async pastElements({ definition }: WorkflowRun, { past }: PropellerDeps): Promise<ReadonlyMap<number, PastElement>> {
    const { recovers } = definition;
    if (!recovers) return new Map();
    this.#pastElements ??= past
      .externalResources({ execution: recovers, nodeId: this.array.uniqueId })
      .then((resources) => new Map(resources.map((resource) => [resource.index ?? 0, resource])));
    try {
      return await this.#pastElements;
    } catch (thrown) {
      this.#pastElements = undefined;
      throw thrown;
    }
  }

  override own(id: string): PlacedNode | undefined {
    const index = /^n(0|[1-9]\d*)$/.exec(id)?.[1];
    return index === undefined || Number(index) >= this.size || this.results.endOf(Number(index)) ? undefined : this.element(Number(index));
  }

  /** The next element that has not begun, which begins now; undefined when all have. */
  takeNext(): PlacedNode | undefined {
    while (this.next < this.size && (this.live.has(this.next) || this.results.endOf(this.next))) this.next++;
    return this.next < this.size ? this.element(this.next++) : undefined;
  }

  /** Where the outputs of an element are; undefined for one that has not succeeded. */
  outputsOf(run: WorkflowRun, index: number): string | undefined {
    const placed = this.live.get(index);
    const { phase, attempt } = placed ? run.node(placed) : { phase: this.results.endOf(index), attempt: this.results.attemptOf(index) };
    return phase === "SUCCEEDED" || phase === "RECOVERED" ? this.#layoutOf(index).outputs(attempt) : undefined;
  }

  /** Elements that have ended and of which admin has been told everything are kept as a byte. Answers how many. */
  settle(run: WorkflowRun): number {
    let settled = 0;
    for (const [index, placed] of this.live) {
      const { phase, attempt, untold, reported } = run.node(placed);
      if (!isElementEnd(phase) || untold?.length || (this.isOfNodes && !isTerminalNode(reported))) continue;
      this.results.set(index, phase, attempt);
      this.live.delete(index);
      run.forget(placed);
      settled++;
    }
    if (this.results.ended === this.size) this.#inputs = this.#pastElements = undefined;
    for (const [number, text] of this.results.takeChanged()) run.keepRecord(`${this.key}#${number}`, text);
    return settled;
  }

  /** Elements that were taken, but could not be begun, are taken again. */
  forgetUnbegun(run: WorkflowRun): void {
    for (const [index, placed] of this.live) {
      if (run.node(placed).phase !== "NOT_YET_STARTED") continue;
      this.live.delete(index);
      this.next = Math.min(this.next, index);
    }
  }

  /** Nothing of this attempt is needed any more. */
  clear(run: WorkflowRun): void {
    for (const placed of this.live.values()) run.forget(placed);
    this.live.clear();
    run.forgetRecords(`${this.key}#`);
    this.#inputs = undefined;
  }
}

/** Whether elements are given files of their own with their inputs. */
export function isIndividual({ node }: PlacedNode): boolean {
  return node.arrayNode?.dataMode === flyteidl.core.ArrayNode.DataMode.INDIVIDUAL_INPUT_FILES;
}
