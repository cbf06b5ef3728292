import { readFileSync } from "node:fs";
import fc from "fast-check";
import type { Json, JsonObject } from "../../../json.ts";
import { binding, type ToolDescription } from "../../../storage/records.ts";
import { discoverOperations } from "./discover.ts";
import { type Member, type Model, readModel, type Shape } from "./model.ts";
import { type BoundOperation, boundOperation } from "./operation.ts";
import { operationsOf, structureOf } from "./operations.ts";

const fixtures = new URL("../../../../../../test/fixtures/smithy/", import.meta.url);

/** For tests only: a model of AWS's, with another address if one is given. */
export function fixtureModel(name: "scheduler" | "dynamodb", url?: string): string {
  const text = readFileSync(new URL(`${name}.json`, fixtures), "utf8");
  return url === undefined ? text : withEndpoint(text, url);
}

/** For tests only: the model with endpoint rules that lead to one address. */
export function withEndpoint(text: string, url: string): string {
  const model = JSON.parse(text);
  const service = Object.values<JsonObject>(model.shapes).find(({ type }) => type === "service");
  if (service === undefined) throw new Error("There is no service.");
  const rules = [{ type: "endpoint", conditions: [], endpoint: { url } }];
  const traits = service.traits as JsonObject; // Every service of the fixtures has some.
  traits["smithy.rules#endpointRuleSet"] = { version: "1.0", parameters: {}, rules };
  return JSON.stringify(model);
}

/** For tests only: a model of one restJson1 service `Shop`, from its shapes under `shop#` and an operation `Ask`. */
export function shopModel(shapes: JsonObject, operation: JsonObject = {}, service: JsonObject = {}): string {
  const { traits, ...rest } = { traits: {}, ...operation };
  return JSON.stringify({
    smithy: "2.0",
    shapes: {
      "shop#Shop": {
        type: "service",
        operations: [{ target: "shop#Ask" }],
        traits: {
          "aws.protocols#restJson1": {},
          "aws.auth#sigv4": { name: "shop" },
          "aws.api#service": { endpointPrefix: "shop" },
          ...(service.traits as JsonObject | undefined),
        },
      },
      "shop#Ask": {
        type: "operation",
        ...(shapes["shop#Input"] ? { input: { target: "shop#Input" } } : {}),
        ...(shapes["shop#Output"] ? { output: { target: "shop#Output" } } : {}),
        traits: { "smithy.api#http": { method: "POST", uri: "/ask", code: 200 }, ...(traits as JsonObject) },
        ...rest,
      },
      ...shapes,
    },
  });
}

/** For tests only: the tools of a model by their names. */
export function toolsIn(text: string): ReadonlyMap<string, ToolDescription> {
  return new Map(discoverOperations(text, { region: "eu-west-1" }).tools.map((tool) => [tool.name, tool]));
}

/** For tests only: how a tool of a model is called. */
export function operationIn(tools: ReadonlyMap<string, ToolDescription>, name: string): BoundOperation {
  return boundOperation(tools.get(name)?.[binding] ?? "");
}

/** For tests only: arguments that an operation of a model takes, for each of its operations. */
export function argumentsIn(text: string): ReadonlyMap<string, fc.Arbitrary<JsonObject>> {
  const model = readModel(text);
  return new Map(
    operationsOf(model).map((operation) => {
      const input = structureOf(model, operation, "input");
      const name = operation.id.split("#")[1] ?? "";
      return [name, input === undefined ? fc.constant({}) : structureArguments(model, input, 4)];
    }),
  );
}

function structureArguments(model: Model, { members }: Shape, depth: number): fc.Arbitrary<JsonObject> {
  // A token that isn't given is made, each time another.
  const given = ({ traits }: Member) => "smithy.api#required" in traits || "smithy.api#idempotencyToken" in traits;
  const wanted = members.filter((member) => given(member) || depth > 0);
  return fc.record(
    Object.fromEntries(wanted.map((member) => [member.name, memberArguments(model, member, depth - 1)])),
    {
      requiredKeys: wanted.filter(given).map(({ name }) => name),
    },
  );
}

function memberArguments(model: Model, member: Member, depth: number): fc.Arbitrary<Json> {
  const shape = model.shape(member.target);
  const item = (name: string) => {
    const found = shape.members.find((one) => one.name === name);
    if (found === undefined) throw new Error(`${shape.id} has no ${name}.`);
    return memberArguments(model, found, depth - 1);
  };
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((one) => !/^\.+$/.test(one));
  switch (shape.type) {
    case "structure":
      return structureArguments(model, shape, depth);
    case "union": {
      const simple = shape.members.filter(({ target }) => model.shape(target).members.length === 0);
      const choices = depth > 0 || simple.length === 0 ? shape.members : simple;
      return fc.oneof(
        ...choices.map((choice) =>
          memberArguments(model, choice, depth - 1).map((value) => ({ [choice.name]: value })),
        ),
      );
    }
    case "list":
      return fc.array(depth > 0 ? item("member") : fc.constant(null).filter(() => false), {
        maxLength: depth > 0 ? 3 : 0,
      });
    case "map":
      return depth > 0
        ? fc.dictionary(
            text.filter((key) => !key.startsWith("__")),
            item("value"),
            { maxKeys: 3 },
          )
        : fc.constant({});
    case "enum":
      return fc.constantFrom(...shape.members.map(({ traits }) => String(traits["smithy.api#enumValue"])));
    case "boolean":
      return fc.boolean();
    case "integer":
    case "long":
      return fc.integer();
    case "float":
    case "double":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "timestamp":
      return fc
        .date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true })
        .map((date) => date.toISOString());
    case "blob":
      return fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString("base64"));
    default:
      return text;
  }
}
