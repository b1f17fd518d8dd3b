import type { Answer } from "../answer.ts";
import { renderFields } from "../table.ts";
import type { EntityView } from "../views/entity-view.ts";

/** Why a launch plan is inactive and what that means. */
export function inactiveNote({ schedule }: Pick<EntityView, "schedule">): string {
  const means = schedule ? "its schedule starts nothing" : "a bare name means the active version, or the latest while there is none";
  return `INACTIVE is how launch plans are registered: ${means}. Activate it with \`flyte activate\`, \`flyte register --activate-launch-plans\`, or \`auto_activate=True\` in its LaunchPlan`;
}

/** One task, workflow or launch plan; with --json and the like also the whole message, in protobuf's JSON. */
export function entityAnswer(
  view: EntityView,
  message: { readonly type: "Task" | "Workflow" | "LaunchPlan"; readonly value: object },
): Answer {
  const lines = (types: Readonly<Record<string, string>>): string =>
    Object.entries(types)
      .map(([name, type]) => `${name}: ${type}`)
      .join("\n");
  const optional = (name: string, value: string | null | undefined): (readonly [string, string])[] => (value ? [[name, value]] : []);
  return {
    data: async () => {
      const [{ reflectedType }, { toJsonValue }] = await Promise.all([
        import("../../idl/reflection.ts"),
        import("../../idl/json/to-json-value.ts"),
      ]);
      const type = reflectedType(`flyteidl.admin.${message.type}`);
      return { ...view, message: toJsonValue(type, message.value, { emitUnpopulated: false, fieldNames: "json" }) };
    },
    urns: [view.urn],
    ...(view.state === "INACTIVE" ? { note: inactiveNote(view) } : {}),
    text: () =>
      renderFields([
        [message.type === "LaunchPlan" ? "launch plan" : message.type.toLowerCase(), view.urn],
        ...optional("type", view.type),
        ...optional("workflow", view.workflow),
        ...optional("state", view.state),
        ...optional("schedule", view.schedule),
        ...optional("next", view.nextTick),
        ["created", view.createdAt ?? ""],
        ...optional("inputs", lines(view.inputs)),
        ...optional("outputs", lines(view.outputs)),
      ]),
  };
}
