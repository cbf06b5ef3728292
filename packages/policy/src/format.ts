import { writeFile } from "node:fs/promises";
import { formatPolicies } from "@cedar-policy/cedar-wasm/nodejs";
import { describeErrors } from "@gatehouse/core/policy/cedar.ts";
import { deepest, depthOf, tooDeep } from "@gatehouse/core/policy/depth.ts";
import { exit, readArguments } from "./commandLine.ts";
import { expand, isCedar, pathOf, readText } from "./files.ts";
import { placed } from "./policies.ts";
import { describeFinding, type Finding, UsageError } from "./problem.ts";

/** Formats Cedar files in place, or says which are not formatted. */
export async function format(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { check: { type: "boolean", default: false } });
  if (positionals.length === 0) throw new UsageError("Name what is to be formatted: npm run policy -- format FILE...");
  const files = await expand(positionals);
  const other = files.find((file) => !isCedar(file));
  if (other !== undefined)
    throw new UsageError(`${other} isn't a .cedar file; a document's policies are left as they are.`);
  let found = false;
  for (const file of files) {
    const text = await readText(file);
    const formatted = formattedText(text, file);
    if (typeof formatted !== "string") {
      console.log(describeFinding(formatted));
      found = true;
    } else if (formatted !== text) {
      if (values.check) found = true;
      else await writeFile(pathOf(file), formatted);
      console.log(`${file} ${values.check ? "is not formatted" : "formatted"}`);
    }
  }
  return found ? exit.found : exit.good;
}

/** A text as Cedar's formatter writes it, or what keeps it from that. */
function formattedText(text: string, file: string): string | Finding {
  const place = { file, line: 1, column: 1 };
  // Cedar can't say so itself: its stack overflows, and it is of no use any more.
  if (depthOf(text) > deepest) return { severity: "error", place, message: `a policy ${tooDeep}` };
  const answer = formatPolicies({ policyText: text, lineWidth: 100, indentWidth: 2 });
  if (answer.type === "success") return answer.formatted_policy;
  return { severity: "error", ...placed(describeErrors(answer.errors, text), place) };
}
