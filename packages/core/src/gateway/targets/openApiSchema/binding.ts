import type { ToolDescription } from "../../../storage/records.ts";
import { binding } from "../../../storage/records.ts";
import { TargetError } from "../target.ts";

/** Where an argument goes that is a parameter of the HTTP request, and how it is written there (OpenAPI, "Style Values"). */
export interface ParameterBinding {
  /** The tool's argument. */
  readonly argument: string;
  /** The parameter's own name. */
  readonly name: string;
  readonly in: "path" | "query" | "header" | "cookie";
  readonly style: "simple" | "label" | "matrix" | "form" | "spaceDelimited" | "pipeDelimited" | "deepObject";
  readonly explode: boolean;
  readonly allowReserved?: boolean;
  /** Whether its value is written as JSON, whatever it is. */
  readonly json?: boolean;
}

/** How a property of a form is written. */
export interface PartBinding {
  /** The argument is base64 and stands for bytes. */
  readonly binary?: boolean;
  readonly contentType?: string;
  readonly deepObject?: boolean;
  /** Whether a list is one value with commas; otherwise its items follow each other under one name. */
  readonly commas?: boolean;
}

/** What becomes of the arguments that are the request's body. */
export interface BodyBinding {
  readonly contentType: string;
  /** How the body is written. `binary` is base64 in the argument, bytes on the wire. */
  readonly encoding: "json" | "form" | "multipart" | "text" | "binary";
  /** The argument that is the whole body, */
  readonly argument?: string;
  /** or those that are the properties of the object that is the body. */
  readonly properties?: readonly string[];
  readonly required: boolean;
  /** Of a form: its properties that are written in a way of their own. */
  readonly parts?: Readonly<Record<string, PartBinding>>;
}

/** How a call of a tool is an HTTP request: all that calling needs of the API's description. */
export interface HttpBinding {
  readonly method: string;
  /** The address that paths are below, without a slash at its end. */
  readonly server: string;
  /** The path, with parameters as in `/pets/{petId}`. */
  readonly path: string;
  readonly parameters: readonly ParameterBinding[];
  readonly body?: BodyBinding;
  /** The media types that a successful answer has, for `Accept`. */
  readonly accept: string;
}

/** How a tool is called. @throws TargetError for a tool that this kind of target hasn't made. */
export function bindingOf(tool: ToolDescription): HttpBinding {
  const text = tool[binding];
  if (text === undefined) throw new TargetError(`It isn't known how ${tool.name} is called: synchronise the target.`);
  return JSON.parse(text) as HttpBinding; // Only discovery writes it.
}
