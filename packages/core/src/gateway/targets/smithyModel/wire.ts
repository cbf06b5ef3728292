import type { JsonObject } from "../../../json.ts";
import { TargetError } from "../target.ts";
import type { MemberRef, WireShape } from "./binding.ts";
import { type Member, type Model, nameOf, type Shape, type Traits, textTrait } from "./model.ts";

/** How the AWS SDK's schemas call the simple types. */
const simpleTypes: Readonly<Record<string, number>> = {
  string: 0,
  enum: 0,
  byte: 1,
  short: 1,
  integer: 1,
  long: 1,
  intEnum: 1,
  float: 1,
  double: 1,
  boolean: 2,
  timestamp: 4,
  document: 15,
  bigInteger: 17,
  bigDecimal: 19,
  blob: 21,
};
const timestampTypes: Readonly<Record<string, number>> = { "date-time": 5, "http-date": 6, "epoch-seconds": 7 };

/** The traits of members that say where on the wire they are, and how: by their names in Smithy and in the SDK's schemas. */
const flags = ["httpLabel", "httpPayload", "httpQueryParams", "httpResponseCode", "idempotencyToken"] as const;
const texts = ["httpHeader", "httpPrefixHeaders", "httpQuery", "jsonName", "mediaType"] as const;

/** Collects the shapes that operations need on the wire, in the form that a tool's binding keeps. */
export class WireShapes {
  readonly shapes: Record<string, WireShape> = {};
  readonly #model: Model;
  readonly #keys = new Map<string, string>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** The key of a structure among the shapes; everything that it refers to is added with it. */
  add(shape: Shape): string {
    const known = this.#keys.get(shape.id);
    if (known !== undefined) return known;
    const key = `s${this.#keys.size}`;
    this.#keys.set(shape.id, key);
    this.shapes[key] = this.#wireShape(shape);
    return key;
  }

  #wireShape(shape: Shape): WireShape {
    const name = nameOf(shape.id);
    const traits: JsonObject = "smithy.api#sparse" in shape.traits ? { sparse: 1 } : {};
    const item = (of: string) => {
      const member = shape.members.find((one) => one.name === of);
      if (member === undefined) throw new TargetError(`The ${shape.type} ${name} has no ${of}.`);
      return this.#memberRef(member);
    };
    if (shape.type === "list" || shape.type === "set") return [1, name, traits, item("member")];
    if (shape.type === "map") return [2, name, traits, item("key"), item("value")];
    const names = shape.members.map((member) => member.name);
    return [
      shape.type === "union" ? 4 : 3,
      name,
      traits,
      names,
      shape.members.map((member) => this.#memberRef(member)),
    ];
  }

  #memberRef(member: Member): MemberRef {
    const shape = this.#model.shape(member.target);
    const traits = { ...shape.traits, ...member.traits };
    return [this.#refTo(shape, traits), wireTraits(traits)];
  }

  #refTo(shape: Shape, traits: Traits): number | string {
    const simple = simpleTypes[shape.type];
    if (simple === undefined) return this.add(shape);
    const format = textTrait(traits, "smithy.api#timestampFormat");
    return shape.type === "timestamp" ? (timestampTypes[format ?? ""] ?? simple) : simple;
  }
}

function wireTraits(traits: Traits): JsonObject {
  return {
    ...Object.fromEntries(flags.flatMap((name) => (`smithy.api#${name}` in traits ? [[name, 1]] : []))),
    ...Object.fromEntries(
      texts.flatMap((name) => {
        const text = textTrait(traits, `smithy.api#${name}`);
        return text === undefined ? [] : [[name, text]];
      }),
    ),
    ...("smithy.api#hostLabel" in traits ? { hostLabel: 1 } : {}),
  };
}
