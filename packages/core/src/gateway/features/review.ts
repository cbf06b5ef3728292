import { foldKey, refusedKeys } from "../../json.ts";
import type { PromptDescription, TargetFeatures } from "../../storage/records.ts";
import { qualifiedPrompt } from "./names.ts";
import { templateComplaint, uriComplaint } from "./uri.ts";

/** As many as AgentCore allows tools: of prompts, of resources, of templates. */
const mostOfAKind = 1_000;
/** All that a target offers beside tools, as JSON: it is read as a whole whenever a gateway changes. */
const mostBytes = 1_000_000;
/** Above this, some clients refuse a name. */
const longestName = 64;
/** The first ones are enough to start mending. */
const mostWarnings = 20;

/** Printable ASCII without blanks at its ends: no hidden or look-alike character passes (T12). */
const name = /^[!-~](?:[ -~]{0,126}[!-~])?$/;
/** Characters that no reader sees, or that turn the order of those that they do see. */
const hidden = /[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e01ef}]/u;
const visibleControls = /[\t\n\r]/g;

/** What of a target's prompts and resources can be offered, and what is left out, with the reasons. */
export interface FeaturesReview {
  readonly features: TargetFeatures;
  readonly warnings: readonly string[];
}

/**
 * Reviews what a target offers beside tools before it becomes part of a gateway. What can't be used is left out and told:
 * unlike a tool, it keeps nothing else of its target from working.
 */
export function reviewFeatures(target: string, offered: TargetFeatures): FeaturesReview {
  const warnings: string[] = [];
  const prompts = keep(offered.prompts, "prompt", ({ name }) => name, promptComplaint, warnings);
  const resources = keep(
    offered.resources,
    "resource",
    ({ uri }) => uri,
    ({ uri }) => uriComplaint(uri),
    warnings,
  );
  const resourceTemplates = keep(
    offered.resourceTemplates,
    "resource template",
    ({ uriTemplate }) => uriTemplate,
    ({ uriTemplate }) => templateComplaint(uriTemplate),
    warnings,
  );
  for (const { name: own } of prompts ?? []) {
    const shown = qualifiedPrompt({ target, own });
    if (shown.length > longestName) {
      warnings.push(`${shown} has ${shown.length} characters; some clients accept at most ${longestName}.`);
    }
  }
  const features = {
    ...(prompts === undefined ? {} : { prompts }),
    ...(resources === undefined ? {} : { resources }),
    ...(resourceTemplates === undefined ? {} : { resourceTemplates }),
    ...(offered.completions === true ? { completions: true } : {}),
  };
  const bytes = Buffer.byteLength(JSON.stringify(features));
  if (bytes <= mostBytes) return { features, warnings: warnings.slice(0, mostWarnings) };
  const tooMuch = `Prompts and resources are left out: their descriptions have ${bytes} bytes, of at most ${mostBytes}.`;
  return { features: {}, warnings: [tooMuch] };
}

function keep<T>(
  all: readonly T[] | undefined,
  noun: string,
  idOf: (one: T) => string,
  complaintAbout: (one: T) => string | undefined,
  warnings: string[],
): T[] | undefined {
  if (all === undefined) return undefined;
  const seen = new Set<string>();
  const kept: T[] = [];
  for (const one of all) {
    const id = idOf(one);
    const complaint = complaintAbout(one) ?? (seen.has(id) ? "there is another of this name" : textComplaint(one));
    if (complaint !== undefined)
      warnings.push(`The ${noun} ${JSON.stringify(id).slice(0, 200)} is left out: ${complaint}.`);
    else if (kept.length === mostOfAKind) {
      warnings.push(`A target may have ${mostOfAKind} ${noun}s; of its ${all.length}, the others are left out.`);
      break;
    } else {
      seen.add(id);
      kept.push(one);
    }
  }
  return kept;
}

function promptComplaint({ name: own, arguments: declared = [] }: PromptDescription): string | undefined {
  if (!name.test(own)) return "its name must be 1 to 128 printable characters of ASCII";
  const names = declared.map((argument) => argument.name);
  const odd = names.find((one) => !name.test(one) || refusedKeys.has(one));
  if (odd !== undefined) return `the name of its argument ${JSON.stringify(odd).slice(0, 200)} can't be used`;
  const isAmbiguous = new Set(names.map(foldKey)).size < names.length;
  return isAmbiguous ? "two of its arguments have the same name (compared without case)" : undefined;
}

/** A text that looks like another one to whoever approves it than to the model that reads it. */
function textComplaint(one: unknown): string | undefined {
  let isHiding = false;
  JSON.stringify(one, (_, value: unknown) => {
    isHiding ||= typeof value === "string" && hidden.test(value.replaceAll(visibleControls, " "));
    return value;
  });
  return isHiding ? "its description has hidden characters" : undefined;
}
