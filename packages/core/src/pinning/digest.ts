import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { binding, type ToolDescription } from "../storage/records.ts";

/** What a target describes, each with digests of its own: a tool is never taken for a prompt. */
export type DescribedKind = "tool" | "prompt" | "resource" | "resource template";

/**
 * What may change without anybody being asked: agents get the approved description all the same, so that these are as they
 * were approved. Servers put times and signed addresses there.
 */
const unpinned: ReadonlySet<string> = new Set(["_meta", "icons"]);

/**
 * The digest of what a target says of something: `sha256:` and 64 hexadecimal digits, over the canonical form of RFC 8785,
 * so that neither the order of members nor the spelling of numbers counts. All members count but `_meta` and `icons`: names,
 * titles, descriptions and schemas are what agents and policies go by, annotations are what clients ask people by.
 * @param how it is called, as text, where that isn't plain from its name: it counts as well.
 */
export function digestOf(kind: DescribedKind, description: object, how?: string): string {
  const pinned = Object.fromEntries(Object.entries(description).filter(([member]) => !unpinned.has(member)));
  const hash = createHash("sha256").update(`gatehouse description v1\n${kind}\n`);
  return `sha256:${hash.update(canonicalForm([pinned, how ?? null])).digest("hex")}`;
}

/** The digest of a tool, with how it is called. */
export function digestOfTool(tool: ToolDescription): string {
  return digestOf("tool", tool, tool[binding]);
}

/** RFC 8785 has no form of text with half a surrogate pair. It is told from every other text; its order counts. */
function canonicalForm(value: unknown): string {
  try {
    return canonicalize(value) ?? "";
  } catch {
    return `not well-formed: ${JSON.stringify(value)}`;
  }
}
