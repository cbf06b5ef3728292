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

/** @param global the options of every command, such as `--endpoint-url`. */
export function awsCli(environment: NodeJS.ProcessEnv, ...global: readonly string[]): AwsCli {
  const driven = new Set<string>();
  const ended = (...command: Command) =>
    run("aws", ["bedrock-agentcore-control", ...argumentsOf(command), "--output", "json", ...global], environment);
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
