import type { Ajv } from "ajv";
import formats from "ajv-formats";

/** Up to here the expressions of ajv-formats are quick although they take the cube of a text's length. */
const longest = 1_024;

/** Formats whose expressions take more than linear time, with what says in linear time whether a longer text has them. */
const forLongTexts: Readonly<Record<string, (text: string) => boolean>> = {
  // Such as an image in a data URL.
  uri: (text) => URL.canParse(text),
  url: (text) => URL.canParse(text),
  "uri-reference": (text) => URL.canParse(text, "https://base.example/"),
  duration: () => false,
  regex: () => false,
};

/** Adds the formats of JSON Schema and OpenAPI, each of which takes linear time. */
export function addLinearFormats(compiler: Ajv): void {
  formats.default(compiler);
  for (const [name, isValidLong] of Object.entries(forLongTexts)) {
    const format = compiler.formats[name];
    const isValid = format instanceof RegExp ? (text: string) => format.test(text) : format;
    if (typeof isValid !== "function") throw new Error(`ajv-formats has no format ${name}`);
    compiler.addFormat(name, (text: string) => (text.length > longest ? isValidLong(text) : isValid(text) === true));
  }
}
