import { _, Ajv, type KeywordCxt, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import { addLinearFormats } from "./patterns/formats.ts";
import { type Budget, matches } from "./patterns/match.ts";
import { compileProgram } from "./patterns/program.ts";

// No coercion and no defaults: the object that is checked is the object that is authorised and forwarded (T14).
const options = { strict: false, allErrors: false, validateFormats: true, logger: false } as const;

/** What one validation may take, in keywords and steps of patterns: about a second. Real ones take hundreds. */
const maxSteps = 5_000_000;

/**
 * Compiles a JSON Schema: of 2020-12, MCP's default, unless `$schema` names draft 7. Each schema has a compiler of its
 * own: an `$id` in one tool's schema must not reach another's.
 *
 * Whoever wrote the schema and the value, validation ends soon (T11): patterns, formats and unique items take linear time,
 * and the function throws when a value takes more steps than any real one does, as references that branch can make it.
 * @throws Error for what is no schema, for one that refers elsewhere, for one that is asynchronous, and for one with a
 * pattern that can't be matched in linear time.
 */
export function compileJsonSchema(schema: JsonObject): ValidateFunction {
  // An asynchronous check answers with a promise, which a careless reader takes for yes.
  if ("$async" in schema) throw new Error("it is asynchronous");
  const Dialect = dialectOf(schema);
  requireSchema(schema, Dialect);
  const budget: Budget = { steps: maxSteps };
  const compiler: Ajv = new Dialect({ ...options, validateSchema: false, code: { regExp: linearPatterns(budget) } });
  addLinearFormats(compiler);
  compiler.removeKeyword("uniqueItems").addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    error: { message: "must NOT have duplicate items" },
    validate: (unique: boolean, items: readonly Json[]) => !unique || areUnique(items),
  });
  countKeywords(compiler, budget);
  return renewing(compiler.compile(schema), budget);
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

/** What Ajv takes for the constructor of regular expressions. It tells them apart by their text. */
function linearPatterns(budget: Budget) {
  const engine = (source: string) => {
    const program = compileProgram(source);
    return { test: (text: string) => matches(program, text, budget), toString: () => source };
  };
  return Object.assign(engine, { code: "linearPatterns" });
}

/** Ajv compares each item with each other one. */
function areUnique(items: readonly Json[]): boolean {
  return new Set(items.map((item) => JSON.stringify(item, inOrder))).size === items.length;
}

function inOrder(_key: string, value: Json): Json {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Makes each keyword count itself when it is evaluated, by the number of what it lists. */
function countKeywords({ RULES }: Ajv, budget: Budget): void {
  const exhausted = () => new Error("checking this value takes too long");
  for (const rule of Object.values(RULES.all)) {
    if (typeof rule !== "object" || !("code" in rule.definition)) continue;
    const { code } = rule.definition;
    const counting = (context: KeywordCxt, ruleType?: string) => {
      const { gen, schema } = context;
      const left = gen.scopeValue("obj", { ref: budget });
      const fail = gen.scopeValue("func", { ref: exhausted });
      const cost = typeof schema === "object" && schema !== null ? Object.keys(schema).length + 1 : 1;
      gen.if(_`(${left}.steps -= ${cost}) < 0`, _`throw ${fail}()`);
      code(context, ruleType);
    };
    rule.definition = { ...rule.definition, code: counting };
  }
}

/** A validation that has the whole budget each time. Its errors are those of the last one, as with Ajv's own functions. */
function renewing(validate: ValidateFunction, budget: Budget): ValidateFunction {
  const renewed = (value: unknown): value is unknown => {
    budget.steps = maxSteps;
    return validate(value);
  };
  const { schema, schemaEnv } = validate;
  const errors = { get: () => validate.errors, set: () => {} };
  return Object.defineProperty(Object.assign(renewed, { schema, schemaEnv }), "errors", errors);
}
