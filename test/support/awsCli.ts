import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Ended, run } from "./python.ts";

/** A command as a tagged template: its words are arguments, and so is each value, as JSON unless it is text. */
type Command = [words: TemplateStringsArray, ...values: unknown[]];

/** What the CLI prints. */
type Answer = Readonly<Record<string, unknown>>;

/** `aws bedrock-agentcore-control`, as in ``aws.answer`get-gateway --gateway-identifier ${id}` ``. */
export interface AwsCli {
  /** What has been done, as in `get-gateway` and `wait policy-active`. */
  readonly driven: ReadonlySet<string>;
  ended(...command: Command): Promise<Ended>;
  /** What a command prints that does its work; nothing where it prints nothing. */
  answer(...command: Command): Promise<Answer>;
}

/** Runs the CLI with arguments, to its end. */
export type RunAws = (args: readonly string[], environment: NodeJS.ProcessEnv) => Promise<Ended>;

/** The program `aws`, which takes a second of a processor to start. */
export const runAws: RunAws = (args, environment) => run("aws", args, environment);

/**
 * Starts what runs the same commands at a third of the cost: processes forked of one that has imported the CLI already.
 * Where the CLI isn't a library of `python3`, as its version 2 isn't, it is the program after all.
 */
export async function startAws(variables: NodeJS.ProcessEnv): Promise<{ run: RunAws } & Disposable> {
  const [program, library] = await Promise.all([
    run("aws", ["--version"], variables),
    run("python3", ["-c", "import awscli; print(awscli.__version__)"], variables),
  ]);
  const isSame = library.code === 0 && program.stdout.startsWith(`aws-cli/${library.stdout.trim()} `);
  if (!isSame) return { run: runAws, [Symbol.dispose]: () => {} };

  const server = spawn("python3", [fileURLToPath(new URL("../fixtures/aws_cli.py", import.meta.url))], {
    env: variables,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const gone = once(server, "exit").then((): never => {
    throw new Error("aws_cli.py has ended.");
  });
  gone.catch(() => {});
  const waiting: ((ended: Ended) => void)[] = [];
  createInterface({ input: server.stdout }).on("line", (line) => {
    const { id, ...ended } = JSON.parse(line) as Ended & { id: number }; // As aws_cli.py says.
    waiting[id]?.(ended);
  });
  return {
    run(args, env) {
      const { promise, resolve } = Promise.withResolvers<Ended>();
      const id = waiting.push(resolve) - 1;
      server.stdin.write(`${JSON.stringify({ id, args, env })}\n`);
      return Promise.race([promise, gone]);
    },
    [Symbol.dispose]: () => server.stdin.end(),
  };
}

/** @param global the options of every command, such as `--endpoint-url`. */
export function awsCli(runCommand: RunAws, environment: NodeJS.ProcessEnv, ...global: readonly string[]): AwsCli {
  const driven = new Set<string>();
  const ended = (...command: Command) =>
    runCommand(["bedrock-agentcore-control", ...argumentsOf(command), "--output", "json", ...global], environment);
  return {
    driven,
    ended,
    async answer(...command) {
      const args = argumentsOf(command);
      const { code, stdout, stderr } = await ended(...command);
      if (code !== 0) throw new Error(`aws ${args.join(" ")}: ${stderr.trim()}`);
      driven.add(args.slice(0, args[0] === "wait" ? 2 : 1).join(" "));
      return stdout.trim() === "" ? {} : JSON.parse(stdout);
    },
  };
}

/** The CLI's name of an operation or a waiter, as in `get-gateway`. */
export function cliNameOf(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase();
}

function argumentsOf([words, ...values]: Command): string[] {
  const texts = values.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  return words.flatMap((text, index) => {
    const value = texts[index];
    return [...text.split(/\s+/).filter((word) => word !== ""), ...(value === undefined ? [] : [value])];
  });
}
