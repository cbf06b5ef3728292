import { execFile } from "node:child_process";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtOperations } from "@gatehouse/core/control/built.ts";

/** One of AWS's tools that are written in Python, and what of AgentCore's control plane is to be driven with it. */
export interface AwsTool {
  /** Why it can't be driven on this machine, for the title of what is skipped; empty where it can. */
  readonly skipped: string;
  /** The operations that are built and that the tool knows, as in `CreateGateway`. */
  readonly operations: readonly string[];
  /** The tool's waiters on those operations, as in `PolicyActive`. */
  readonly waiters: readonly string[];
}

/** How a program ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const longestRunMilliseconds = 90_000;
/** As in a shell. */
const notFound = 127;

/** Runs a program to its end. Never rejects: one that can't be started has ended with the code of one not found. */
export function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const options = { env, timeout: longestRunMilliseconds, maxBuffer: 16 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve({ code: 0, stdout, stderr });
      resolve({
        code: typeof error.code === "number" ? error.code : notFound,
        stdout,
        stderr: stderr || error.message,
      });
    });
  });
}

/** An environment in which AWS's tools find nothing of whoever runs the tests: no profile, no settings, no credentials. */
export interface BareEnvironment extends AsyncDisposable {
  readonly variables: NodeJS.ProcessEnv;
}

export async function bareEnvironment(): Promise<BareEnvironment> {
  const home = await mkdtempDisposable(join(tmpdir(), "gatehouse-home-"));
  const variables = {
    PATH: process.env.PATH,
    HOME: home.path,
    AWS_PAGER: "",
    // On a machine of EC2 there would be credentials after all.
    AWS_EC2_METADATA_DISABLED: "true",
  };
  return { variables, [Symbol.asyncDispose]: () => home.remove() };
}

/** The latest addition to botocore of what the tests call by name: with an older one there would be no telling what fails. */
const newest = "ListPolicySummaries";

const whatIsKnown = (library: string) => `
import ${library}, botocore.session, json
session = botocore.session.Session()
service = "bedrock-agentcore-control"
model = session.get_waiter_model(service)
waiters = {name: model.get_waiter(name).operation for name in model.waiter_names}
print(json.dumps({"operations": session.get_service_model(service).operation_names, "waiters": waiters}))
`;

/** The AWS CLI. What it knows is asked of botocore, which it is built on: it can't list its operations itself. */
export async function findAwsCli(): Promise<AwsTool> {
  await using bare = await bareEnvironment();
  const skeleton = ["bedrock-agentcore-control", "get-gateway", "--generate-cli-skeleton"];
  const [cli, tool] = await Promise.all([
    run("aws", skeleton, bare.variables),
    toolKnownTo("botocore", bare.variables),
  ]);
  if (cli.code === 0) return tool;
  return missing(
    cli.code === notFound ? "aws is not on this machine" : "aws is too old to know bedrock-agentcore-control",
  );
}

/** The AWS SDK for Python. */
export async function findBoto3(): Promise<AwsTool> {
  await using bare = await bareEnvironment();
  return toolKnownTo("boto3", bare.variables);
}

async function toolKnownTo(library: "botocore" | "boto3", variables: NodeJS.ProcessEnv): Promise<AwsTool> {
  const { code, stdout, stderr } = await run("python3", ["-c", whatIsKnown(library)], variables);
  if (code === notFound) return missing("python3 is not on this machine");
  // The last line is the exception: no such module, or a botocore that doesn't know the service yet.
  if (code !== 0) return missing(`python3: ${stderr.trim().split("\n").at(-1)?.slice(0, 100)}`);
  const known = JSON.parse(stdout) as { operations: string[]; waiters: Record<string, string> }; // As printed above.
  if (!known.operations.includes(newest)) return missing(`python3's botocore is too old to know ${newest}`);
  const built = new Set(builtOperations());
  const waiters = Object.entries(known.waiters).filter(([, operation]) => built.has(operation));
  return {
    skipped: "",
    operations: known.operations.filter((name) => built.has(name)).sort(),
    waiters: waiters.map(([name]) => name).sort(),
  };
}

function missing(why: string): AwsTool {
  return { skipped: ` (skipped: ${why})`, operations: [], waiters: [] };
}
