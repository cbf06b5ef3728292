import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { GatehouseError, messageOf } from "@gatehouse/core/errors.ts";

/** What the command line and the environment ask for. */
export interface CommandLine {
  readonly help: boolean;
  readonly port: number;
  readonly bind: string;
  readonly data: string;
  readonly lambdas: readonly string[];
  readonly example: boolean;
  readonly developmentIssuer: boolean | undefined;
}

const exampleLambdas = resolve(import.meta.dirname, "../../../examples/insurance/functions");

export const help = `Usage: npm start -- [options]

  --port N               the port to listen on (GATEHOUSE_PORT; 4000; 0 takes any free one)
  --bind ADDRESS         the address to listen on (127.0.0.1: this machine only)
  --data DIR             where data is kept (.gatehouse); ":memory:" keeps none
  --lambdas DIR          a folder of Lambda functions for targets, one "<name>.ts" each; repeatable
                         (examples/insurance/functions)
  --no-example           without the insurance example
  --development-issuer   keep the development issuer, for callers on this machine, when bound to another address
  --help                 this text

AWS_ENDPOINT_URL_DYNAMODB names a DynamoDB to use instead of the embedded engine.`;

/** @throws GatehouseError `validation` for an option that isn't there or a value that can't be. */
export function readCommandLine(
  args: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const { values } = parse(args);
  const example = values["no-example"] !== true;
  return {
    help: values.help === true,
    port: portOf(values.port ?? (variables.GATEHOUSE_PORT || "4000")),
    bind: values.bind ?? "127.0.0.1",
    data: values.data ?? ".gatehouse",
    lambdas: [...(example ? [exampleLambdas] : []), ...(values.lambdas ?? [])],
    example,
    developmentIssuer: values["development-issuer"],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string" },
        bind: { type: "string" },
        data: { type: "string" },
        lambdas: { type: "string", multiple: true },
        "no-example": { type: "boolean" },
        "development-issuer": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    // The first sentence says what is wrong; the rest is advice on Node's own option parser.
    const reason = messageOf(error).split(/[.\n] /)[0];
    throw new GatehouseError("validation", `${reason}. See "npm start -- --help".`);
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new GatehouseError("validation", `The port must be a number from 0 to 65535, not "${text}".`);
}
