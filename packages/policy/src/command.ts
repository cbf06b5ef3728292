import { nearestName } from "@gatehouse/core/control/administration/nearest.ts";
import { check } from "./check.ts";
import { exit } from "./commandLine.ts";
import { format } from "./format.ts";
import { FoundError, UsageError } from "./problem.ts";
import { replayCalls } from "./replayCalls.ts";
import { testPolicies } from "./testPolicies.ts";

const help = `Usage: npm run policy -- COMMAND ...

  check FILE...       check policies: .cedar files, folders of them, or documents of "npm run apply"
  test CASES...       decide the cases of files, and compare with what they expect
  format FILE...      write .cedar files as Cedar's formatter does; --check only says which it would change
  replay CALLS        find which recorded calls (a file of a JSON object a line) a set of policies would change
  replay              the same of a running Gatehouse: --gateway-id ID --from TIME

Of check, test and replay:
  --gateway FILE      the document of "npm run apply" that says which tools there are (test: as the cases say)
  --gateway-name NAME which gateway of it, where it has several
  --set NAME=VALUE    the value of a variable of the document; repeatable

Of replay:
  --policies FILE     the policies to try: .cedar files, folders, documents; repeatable (those of the document)
  --against FILE      policies to compare with, or "recorded", the decisions as they were; repeatable (recorded)
  --gateway-id ID     the gateway of a running Gatehouse whose recorded calls are replayed there (--against: recorded, current)
  --from, --until     from which time (inclusive) to which (now)
  --endpoint URL      where it is, as for npm run apply
  --workers N         how many threads (one a core)
  --json              print the report as JSON

Exit status: 0 all is well; 1 something was found: a finding, a failed case, a file to format, a call that changes;
             2 it could not be done: wrong usage, or a file that can't be used`;

/**
 * Runs a command and prints what came of it: what was found to standard output, why it could not be done to standard error.
 * @returns the exit status.
 */
export async function policyCommand(args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(error.message);
      return exit.usage;
    }
    if (!(error instanceof FoundError)) throw error;
    console.log(error.message);
    return exit.found;
  }
}

const commands = { check, test: testPolicies, format, replay: replayCalls };

async function run([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === "help" || [name, ...args].some((arg) => arg === "--help" || arg === "-h")) {
    console.log(help);
    return name === undefined ? exit.usage : exit.good;
  }
  if (!Object.hasOwn(commands, name)) {
    const nearest = nearestName(name, Object.keys(commands));
    const hint = nearest === undefined ? `there are ${Object.keys(commands).join(", ")}` : `did you mean ${nearest}?`;
    throw new UsageError(`There is no command ${name}; ${hint}`);
  }
  return commands[name as keyof typeof commands](args); // It has one of this name.
}
