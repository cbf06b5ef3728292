import { readFileSync, writeFileSync } from "node:fs";

/*
 * node scripts/agentcore-model.ts MODEL.json packages/core/src/control/agentcore-model.json
 *
 * Derives the table of what AgentCore's API allows from the service models as AWS publishes them for its SDKs, of both
 * planes in one file: {control, data}, each {metadata, operations, shapes}. The table holds every operation of both
 * planes, and the constraints of all that an operation's input can contain: of the data plane, of the operations whose
 * input is JSON. Run it when AWS publishes new models; the tests of the table say whether a new pattern is unsafe.
 */

/** A shape, or the place where a shape is used, as in the models; only what is read here. */
interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, ShapeReference>>;
  readonly member?: ShapeReference;
  readonly key?: ShapeReference;
  readonly value?: ShapeReference;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}
interface ShapeReference {
  readonly shape: string;
}
/** The SDKs' own files nest an operation's route and input; extracts of them have it flat. */
interface Operation {
  readonly http?: { readonly method: string; readonly requestUri: string };
  readonly method?: string;
  readonly uri?: string;
  readonly input?: string | ShapeReference;
}
interface Plane {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}
type Row = Readonly<Record<string, unknown>>;
type Rows = Readonly<Record<string, Row>>;

/** The table of both planes' models, as text with a line for each operation, structure and shape, so that diffs are readable. */
export function tableOf({ control, data }: { readonly control: Plane; readonly data: Plane }): string {
  return `{
"control": ${planeOf(control)},
"data": ${planeOf(data)}
}
`;
}

function planeOf(plane: Plane): string {
  const reachable = sorted(reachableFrom(plane));
  const shapes = Object.fromEntries(
    reachable.flatMap(([name, shape]) => (isConstrained(name, plane) ? [[name, constraintOf(shape, plane)]] : [])),
  );
  const structures = Object.fromEntries(
    reachable.flatMap(([name, shape]) => {
      const members = constrainedMembers(shape, plane);
      return Object.keys(members).length > 0 ? [[name, members]] : [];
    }),
  );
  return `{
"operations": ${lines(operationsOf(plane))},
"structures": ${lines(structures)},
"shapes": ${lines(shapes)}
}`;
}

function operationsOf({ operations }: Plane): Rows {
  return Object.fromEntries(
    sorted(operations).map(([name, { http, method, uri }]) => [
      name,
      { method: http?.method ?? method, uri: http?.requestUri ?? uri },
    ]),
  );
}

function reachableFrom({ operations, shapes }: Plane): Readonly<Record<string, Shape>> {
  const found: Record<string, Shape> = {};
  const visit = (name: string): void => {
    if (name in found) return;
    const shape = shapeOf(name, shapes);
    found[name] = shape;
    const { members = {}, member, key, value } = shape;
    for (const reference of [...Object.values(members), member, key, value]) if (reference) visit(reference.shape);
  };
  for (const { input } of Object.values(operations)) {
    if (input !== undefined) visit(typeof input === "string" ? input : input.shape);
  }
  return found;
}

function constrainedMembers({ type, members = {} }: Shape, plane: Plane): Row {
  if (type !== "structure") return {};
  const constrained = sorted(members).filter(([, { shape }]) => isConstrained(shape, plane));
  return Object.fromEntries(constrained.map(([member, { shape }]) => [member, shape]));
}

/** Structures have no constraint of their own: their members are found by the structure's name. */
function isConstrained(name: string, plane: Plane): boolean {
  return Object.keys(constraintOf(shapeOf(name, plane.shapes), plane)).length > 0;
}

function constraintOf({ type, min, max, pattern, enum: values, member, key, value }: Shape, plane: Plane): Row {
  const reference = (name: string, to: ShapeReference | undefined): Row =>
    to !== undefined && isConstrained(to.shape, plane) ? { [name]: to.shape } : {};
  switch (type) {
    case "integer":
    case "long":
      return { whole: true, ...bounds("minimum", min, "maximum", max) };
    case "float":
    case "double":
      return bounds("minimum", min, "maximum", max);
    case "string":
      return { ...lengths(min, max), ...(pattern === undefined ? {} : { pattern: checked(pattern) }), ...some(values) };
    case "blob":
      return lengths(min, max);
    case "list":
      return { ...lengths(min, max), ...reference("each", member) };
    case "map":
      return { ...lengths(min, max), ...reference("keys", key), ...reference("values", value) };
    default:
      return {};
  }
}

const some = (values: readonly string[] | undefined): Row => (values === undefined ? {} : { enum: values });

/** Nothing has fewer than no characters: a minimum of zero says nothing. */
const lengths = (min: number | undefined, max: number | undefined): Row =>
  bounds("minLength", min === 0 ? undefined : min, "maxLength", max);

function bounds(low: string, min: number | undefined, high: string, max: number | undefined): Row {
  return { ...(min === undefined ? {} : { [low]: min }), ...(max === undefined ? {} : { [high]: max }) };
}

/** The models' patterns are written for Java; what JavaScript reads otherwise, or not at all, must not get into the table. */
function checked(pattern: string): string {
  if (/&&|\\[AGQEZzhHRX]|\\p\{(Is|In|java|Alnum|Alpha|Punct|Space)|[*+?}]\+|\(\?[>imsux-]/.test(pattern)) {
    throw new Error(`The pattern ${pattern} is written in a way that only Java knows; translate it here.`);
  }
  try {
    new RegExp(pattern, "u");
  } catch (cause) {
    throw new Error(`The pattern ${pattern} is none in JavaScript; translate it here.`, { cause });
  }
  return pattern;
}

function shapeOf(name: string, shapes: Readonly<Record<string, Shape>>): Shape {
  const shape = shapes[name];
  if (shape === undefined) throw new Error(`The model names the shape ${name} and doesn't have it.`);
  return shape;
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

function lines(rows: Rows): string {
  const text = Object.entries(rows).map(([name, row]) => `${JSON.stringify(name)}: ${JSON.stringify(row)}`);
  return `{\n${text.join(",\n")}\n}`;
}

if (import.meta.main) {
  const [model, table] = process.argv.slice(2);
  if (model === undefined || table === undefined) {
    console.error("Usage: node scripts/agentcore-model.ts MODEL.json TABLE.json");
    process.exit(1);
  }
  writeFileSync(table, tableOf(JSON.parse(readFileSync(model, "utf8"))));
}
