import { maximumTools } from "../pinning/reconcile.ts";
import { reviewInputSchema } from "../schemaReview.ts";
import type { ToolDescription } from "../storage/records.ts";
import { qualifiedName } from "../tools.ts";
import { withoutHidden } from "./hiddenCharacters.ts";
import { callableNames, mentionsIn, type Neighbour, shadowedBy } from "./shadowing.ts";
import { problemsOfTexts, textsOf } from "./texts.ts";

/** What MCP allows in a tool's name; no hidden or look-alike character passes (T12). */
const toolName = /^[A-Za-z0-9_./-]{1,64}$/;
/** The first ones are enough to start mending. */
const maximumWarnings = 20;
/** Above this, some clients refuse a tool, and with it the whole list. */
const longestName = 64;

/** What is wrong with the tools that a target offers, and what may give trouble. */
export interface ToolsReview {
  /** Each makes the tools unusable as they are. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reviews the tools of a target before they become part of a gateway.
 * @param target the target's name.
 * @param neighbours the gateway's other targets: none of their tools may be mistaken for one of these.
 */
export function reviewTools(
  target: string,
  tools: readonly ToolDescription[],
  neighbours: readonly Neighbour[] = [],
): ToolsReview {
  const problems =
    tools.length > maximumTools ? [`A target may have ${maximumTools} tools; this one has ${tools.length}.`] : [];
  const warnings: string[] = [];
  const names = callableNames(new Set(tools.map(({ name }) => name)), neighbours);
  const seen = new Set<string>();
  for (const tool of tools) {
    const { name, inputSchema } = tool;
    if (!toolName.test(name)) {
      const shown = JSON.stringify(withoutHidden(name).slice(0, 200));
      problems.push(`The tool name ${shown} must be 1 to 64 characters of A-Z a-z 0-9 _ . / -`);
      continue;
    }
    if (seen.has(name)) problems.push(`There are two tools named ${name}.`);
    if (inputSchema?.type !== "object") problems.push(`The input schema of ${name} must be of type object.`);
    if (inputSchema !== undefined && "$async" in inputSchema) {
      problems.push(`The input schema of ${name} must not be asynchronous.`);
    } else if (inputSchema !== undefined) {
      const { problem, warning } = reviewInputSchema(name, inputSchema);
      if (problem !== undefined) problems.push(problem);
      if (warning !== undefined) warnings.push(warning);
    }
    const texts = problemsOfTexts(tool).map((problem) => `The description of tool ${name} has ${problem}.`);
    problems.push(...texts);
    seen.add(name);
    const qualified = qualifiedName(target, name);
    if (qualified.length > longestName) {
      warnings.push(`${qualified} has ${qualified.length} characters; some clients accept at most ${longestName}.`);
    }
    // The review may have found it too deep to walk.
    const mentions = texts.length > 0 ? [] : mentionsIn(textsOf(tool), names);
    if (mentions.length > 0) {
      warnings.push(
        `${qualified} speaks of ${mentions.slice(0, 3).join(", ")}: see that it doesn't say how to use it.`,
      );
    }
  }
  problems.push(...shadowedBy(target, [...seen], neighbours));
  return { problems, warnings: warnings.slice(0, maximumWarnings) };
}
