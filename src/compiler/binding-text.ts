import { protoText } from "../idl/type-text.ts";
import type { BindingData, Literal, ProtoDuration, ProtoTimestamp, Scalar } from "../idl/types.ts";

const longest = 1000;

/** What is bound, for messages: protobuf text, without the content of large scalars, cut at a thousand characters. */
export function bindingText(binding: BindingData): string {
  const text = textOf(binding);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function textOf(binding: BindingData): string {
  if (binding.collection != null) return `collection:{${elementTexts(binding)}}`;
  if (binding.map != null) return `map:{${elementTexts(binding)}}`;
  if (binding.promise != null) {
    const { nodeId, var: name, attrPath } = binding.promise;
    const path = (attrPath ?? []).map((step) =>
      step.stringValue == null ? `attr_path:{int_value:${step.intValue}}` : `attr_path:{string_value:${JSON.stringify(step.stringValue)}}`,
    );
    return `promise:{${[nodeId ? `node_id:${JSON.stringify(nodeId)}` : "", name ? `var:${JSON.stringify(name)}` : "", ...path].filter(Boolean).join(" ")}}`;
  }
  return binding.scalar == null ? "" : `scalar:{${scalarText(binding.scalar)}}`;
}

/** The bindings within a list or map. */
export function elementTexts(binding: BindingData): string {
  if (binding.collection != null) return (binding.collection.bindings ?? []).map((one) => `bindings:{${textOf(one)}}`).join(" ");
  const entries = Object.entries(binding.map?.bindings ?? {});
  return entries.map(([key, one]) => `bindings:{key:${JSON.stringify(key)} value:{${textOf(one)}}}`).join(" ");
}

function scalarText(scalar: Scalar): string {
  const { primitive } = scalar;
  if (primitive != null) {
    if (primitive.integer != null) return `primitive:{integer:${String(primitive.integer)}}`;
    if (primitive.floatValue != null) return `primitive:{float_value:${primitive.floatValue}}`;
    if (primitive.stringValue != null) return `primitive:{string_value:${JSON.stringify(primitive.stringValue)}}`;
    if (primitive.boolean != null) return `primitive:{boolean:${primitive.boolean}}`;
    if (primitive.datetime != null) return `primitive:{datetime:{${secondsText(primitive.datetime)}}}`;
    return primitive.duration == null ? "primitive:{}" : `primitive:{duration:{${secondsText(primitive.duration)}}}`;
  }
  if (scalar.noneType != null) return "none_type:{}";
  if (scalar.union != null) {
    const type = scalar.union.type == null ? "" : ` type:{${protoText(scalar.union.type)}}`;
    return `union:{value:{${literalText(scalar.union.value)}}${type}}`;
  }
  if (scalar.blob != null) return `blob:{uri:${JSON.stringify(scalar.blob.uri ?? "")}}`;
  if (scalar.structuredDataset != null) return `structured_dataset:{uri:${JSON.stringify(scalar.structuredDataset.uri ?? "")}}`;
  if (scalar.schema != null) return `schema:{uri:${JSON.stringify(scalar.schema.uri ?? "")}}`;
  if (scalar.binary != null) return `binary:{tag:${JSON.stringify(scalar.binary.tag ?? "")}}`;
  if (scalar.generic != null) return "generic:{}";
  return scalar.error == null ? "" : `error:{message:${JSON.stringify(scalar.error.message ?? "")}}`;
}

const secondsText = (time: ProtoTimestamp | ProtoDuration): string =>
  `seconds:${(time.seconds ?? 0).toString()}${time.nanos ? ` nanos:${time.nanos}` : ""}`;

function literalText(literal: Literal | null | undefined): string {
  if (literal?.scalar != null) return `scalar:{${scalarText(literal.scalar)}}`;
  if (literal?.collection != null)
    return `collection:{${(literal.collection.literals ?? []).map((one) => `literals:{${literalText(one)}}`).join(" ")}}`;
  if (literal?.map == null) return "";
  const entries = Object.entries(literal.map.literals ?? {});
  return `map:{${entries.map(([key, one]) => `literals:{key:${JSON.stringify(key)} value:{${literalText(one)}}}`).join(" ")}}`;
}
