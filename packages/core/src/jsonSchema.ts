import type { ValidateFunction } from "ajv";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { JsonObject } from "./json.ts";

// No coercion and no defaults: the object that is checked is the object that is authorised and forwarded (T14).
const options = { strict: false, allErrors: false, validateFormats: true, logger: false } as const;

/**
 * Compiles a JSON Schema: of 2020-12, MCP's default, unless `$schema` names draft 7. Each schema has a compiler of its
 * own: an `$id` in one tool's schema must not reach another's.
 * @throws Error for what is no schema, for one that refers elsewhere, and for one that is asynchronous.
 */
export function compileJsonSchema(schema: JsonObject): ValidateFunction {
  // An asynchronous check answers with a promise, which a careless reader takes for yes.
  if ("$async" in schema) throw new Error("it is asynchronous");
  const Dialect = dialectOf(schema);
  requireSchema(schema, Dialect);
  const compiler: Ajv = new Dialect({ ...options, validateSchema: false });
  formats.default(compiler);
  return compiler.compile(schema);
}

/**
 * Makes sure that a schema is one, without the time that compiling it takes: a thousandth of a second instead of thirty.
 * @throws Error that says where it is none.
 */
export function requireJsonSchema(schema: JsonObject): void {
  requireSchema(schema, dialectOf(schema));
}

function dialectOf({ $schema }: JsonObject): typeof Ajv {
  return typeof $schema === "string" && $schema.includes("draft-07") ? Ajv : Ajv2020;
}

/** For each dialect, what tells schemas from anything else. Making one takes 50 ms, so that there is only one. */
const judges = new Map<typeof Ajv, Ajv>();

function requireSchema(schema: JsonObject, Dialect: typeof Ajv): void {
  let judge = judges.get(Dialect);
  if (judge === undefined) {
    judge = new Dialect(options);
    judges.set(Dialect, judge);
  }
  judge.validateSchema(schema, true);
}
