import type { JsonSchemaType, JsonSchemaValidator, jsonSchemaValidator } from "@modelcontextprotocol/server";
import type { JsonObject } from "../json.ts";
import { compileJsonSchema } from "../jsonSchema.ts";

/*
 * What the MCP SDK takes from the platform it runs on (`@modelcontextprotocol/server/_shims`), for bundles. Of its own, it
 * brings another copy of Ajv.
 */

/** The process, for servers on standard input. */
export { default as process } from "node:process";

/** Only a browser keeps a failed request's cause to itself. */
export const CORS_IS_POSSIBLE = false;

/** The validator that the SDK takes where it is given no other: with the Ajv that checks arguments. */
export class DefaultJsonSchemaValidator implements jsonSchemaValidator {
  getValidator<T>(schema: JsonSchemaType): JsonSchemaValidator<T> {
    // Both are JSON objects; the SDK's type says more of the members than is checked here.
    const validate = compileJsonSchema(schema as JsonObject);
    return (input) => {
      // A valid input is a T by the schema, which its caller chose.
      if (validate(input) === true) return { valid: true, data: input as T, errorMessage: undefined };
      const [error] = validate.errors ?? [];
      return { valid: false, data: undefined, errorMessage: `${error?.instancePath} ${error?.message}`.trim() };
    };
  }
}
