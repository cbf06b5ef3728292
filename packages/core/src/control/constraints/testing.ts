import type { NormalizedSchema } from "@smithy/core/schema";
import fc from "fast-check";
import type { Json, JsonObject } from "../../json.ts";
import { requiredMembersOf } from "../decode.ts";
import { type Constraint, longestMatched } from "./constraint.ts";
import { constraintOf } from "./constraints.ts";

/*
 * For tests only: places in the inputs of operations that have a constraint, and inputs in which nothing is wrong but
 * what a test puts there.
 */

/** A place in an operation's input that has a constraint of its own. */
export interface Place {
  /** Members' names, `[]` for a member of a list, `{}` for a value of a map. */
  readonly steps: readonly string[];
  /** As problems name it. */
  readonly path: string;
  readonly schema: NormalizedSchema;
  readonly constraint: Constraint;
  /** Whose constraint it is, as in `CreateGatewayRequest.name`. */
  readonly owner: string;
  /** It is the keys of the map at this place that have the constraint. */
  readonly ofKeys: boolean;
  /** Of a map's keys: what is allowed of its values. */
  readonly values: Constraint;
}

/** Every constrained place of an operation's input; structures that contain themselves are entered once. */
export function placesOf(input: NormalizedSchema): Place[] {
  const places: Place[] = [];
  const walk = (place: Place, within: readonly string[]): void => {
    const { schema, constraint, steps, path } = place;
    const { each, keys, values, ...itself } = constraint;
    if (Object.keys(itself).length > 0) places.push(place);
    if (schema.isListSchema()) {
      const member = { schema: schema.getValueSchema(), constraint: each ?? {} };
      walk({ ...place, ...member, steps: [...steps, "[]"], path: `${path}[0]` }, within);
    } else if (schema.isMapSchema()) {
      if (keys) places.push({ ...place, constraint: keys, ofKeys: true, values: values ?? {} });
      const value = { schema: schema.getValueSchema(), constraint: values ?? {} };
      walk({ ...place, ...value, steps: [...steps, "{}"], path: `${path}.${keyOf(constraint)}` }, within);
    } else if (schema.isStructSchema()) {
      const structure = schema.getName() ?? "";
      if (within.includes(structure)) return;
      for (const [member, memberSchema] of schema.structIterator()) {
        const memberPath = path === "" ? member : `${path}.${member}`;
        const found = { schema: memberSchema, constraint: constraintOf(structure, member) ?? {}, path: memberPath };
        walk({ ...place, ...found, steps: [...steps, member], owner: `${structure}.${member}` }, [
          ...within,
          structure,
        ]);
      }
    }
  };
  walk({ steps: [], path: "", schema: input, constraint: {}, owner: "", ofKeys: false, values: {} }, []);
  return places;
}

/** An input with what must be there, and a value at one place. */
export function inputWith(
  schema: NormalizedSchema,
  constraint: Constraint,
  steps: readonly string[],
  leaf: Json,
): Json {
  const [step, ...rest] = steps;
  if (step === undefined) return leaf;
  if (step === "[]") {
    const others = validMembers(schema, constraint, Math.max(0, (constraint.minLength ?? 0) - 1));
    return [inputWith(schema.getValueSchema(), constraint.each ?? {}, rest, leaf), ...others];
  }
  if (step === "{}") {
    return { [keyOf(constraint)]: inputWith(schema.getValueSchema(), constraint.values ?? {}, rest, leaf) };
  }
  const member = schema.getMemberSchemas()[step] as NormalizedSchema; // The step came from these.
  const value = inputWith(member, constraintOf(schema.getName() ?? "", step) ?? {}, rest, leaf);
  return schema.isUnionSchema() ? { [step]: value } : { ...requiredOf(schema), [step]: value };
}

/** Values that are just allowed. */
export function insideOf(schema: NormalizedSchema, constraint: Constraint): Json[] {
  const { minLength = 0, maxLength, minimum, maximum, whole } = constraint;
  if (schema.isNumericSchema()) {
    return [minimum, maximum, minimum === undefined ? maximum : minimum + (whole ? 1 : 0.01)].map(
      (bound) => bound ?? 1,
    );
  }
  const lengths = [minLength, maxLength ?? minLength];
  if (schema.isListSchema()) return lengths.map((length) => validMembers(schema, constraint, length));
  if (schema.isMapSchema()) return lengths.map((length) => validEntries(schema, constraint, length));
  return schema.isStringSchema() ? textsInside(constraint) : [valid(schema, constraint)];
}

/** Values that are just not allowed, each for one reason. */
export function outsideOf(schema: NormalizedSchema, constraint: Constraint): Json[] {
  const { minLength = 0, maxLength, minimum, maximum, whole, pattern } = constraint;
  if (schema.isNumericSchema()) {
    const step = whole ? 1 : 0.001;
    return [
      ...(minimum === undefined ? [] : [minimum - step]),
      ...(maximum === undefined ? [] : [maximum + step]),
      ...(whole ? [(minimum ?? 0) + 0.5] : []),
    ];
  }
  const short = minLength > 0 ? [minLength - 1] : [];
  const lengths = [...short, ...(maxLength === undefined ? [] : [maxLength + 1])];
  if (schema.isListSchema()) return lengths.map((length) => validMembers(schema, constraint, length));
  if (schema.isMapSchema()) return lengths.map((length) => validEntries(schema, constraint, length));
  return [
    ...lengths.map((length) => "a".repeat(length)),
    ...(pattern !== undefined && maxLength === undefined ? ["a".repeat(longestMatched + 1)] : []),
    ...(pattern === undefined ? [] : [unmatched(constraint)]),
    ...(constraint.enum ? ["NONE_OF_THEM"] : []),
  ];
}

const sampled = new Map<string, readonly string[]>();

/** Texts that are just allowed. Made once for each pattern and length: making them takes a while. */
export function textsInside({ minLength = 0, maxLength = 300, pattern = ".*", enum: values }: Constraint): string[] {
  if (values) return [...values];
  const key = `${minLength} ${maxLength} ${pattern}`;
  const texts = sampled.get(key) ?? sampleTexts(minLength, maxLength, pattern);
  sampled.set(key, texts);
  return [...texts];
}

function sampleTexts(minLength: number, maxLength: number, pattern: string): readonly string[] {
  const expression = new RegExp(`^(?:${pattern})$`, "u");
  const random = fc.sample(fc.stringMatching(expression), { numRuns: 100, seed: 1 });
  // The bounds themselves, and what is too seldom by chance.
  const texts = ["a".repeat(minLength), "a".repeat(maxLength), `rcfg-${"0".repeat(17)}`, ...random].filter((text) => {
    const { length } = [...text];
    return expression.test(text) && length >= minLength && length <= maxLength;
  });
  if (texts.length === 0) throw new Error(`No text was found that is allowed by ${pattern}.`);
  return texts.slice(0, 5);
}

function unmatched({ minLength = 1, pattern }: Constraint): string {
  const expression = new RegExp(`^(?:${pattern})$`, "u");
  const text = ["!", " ", "\n", "\u0000"].map((one) => one.repeat(minLength || 1)).find((one) => !expression.test(one));
  if (text === undefined) throw new Error(`Every text matches ${pattern}.`);
  return text;
}

function keyOf({ keys = {} }: Constraint, index = 0): string {
  const key = `k${index}`;
  return keys.minLength === undefined || keys.minLength <= key.length ? key : key.padEnd(keys.minLength, "k");
}

function validMembers(schema: NormalizedSchema, { each = {} }: Constraint, length: number): Json[] {
  return Array.from({ length }, () => valid(schema.getValueSchema(), each));
}

function validEntries(schema: NormalizedSchema, constraint: Constraint, length: number): JsonObject {
  const value = valid(schema.getValueSchema(), constraint.values ?? {});
  return Object.fromEntries(Array.from({ length }, (_, index) => [keyOf(constraint, index), value]));
}

/** The members that must be there, as they may be. */
export function requiredOf(schema: NormalizedSchema): JsonObject {
  const structure = schema.getName() ?? "";
  const members = [...schema.structIterator()].filter(([member]) => requiredMembersOf(schema).has(member));
  return Object.fromEntries(
    members.map(([member, memberSchema]) => [member, valid(memberSchema, constraintOf(structure, member) ?? {})]),
  );
}

function valid(schema: NormalizedSchema, constraint: Constraint): Json {
  if (schema.isDocumentSchema()) return {};
  if (schema.isUnionSchema()) {
    const [[member, first] = ["", undefined]] = Object.entries(schema.getMemberSchemas());
    const of = constraintOf(schema.getName() ?? "", member) ?? {};
    return first === undefined ? {} : { [member]: valid(first, of) };
  }
  if (schema.isStructSchema()) return requiredOf(schema);
  if (schema.isBooleanSchema()) return true;
  if (schema.isTimestampSchema()) return 0;
  if (schema.isBlobSchema()) return Buffer.alloc(constraint.minLength ?? 0).toString("base64");
  return insideOf(schema, constraint)[0] ?? null;
}
