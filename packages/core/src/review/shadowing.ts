import { qualifiedName, searchTool } from "../tools.ts";

/** Another target of the same gateway, and its own names for its tools. */
export interface Neighbour {
  readonly name: string;
  readonly tools: readonly string[];
}

/** A name as somebody reads it who doesn't look closely, and as clients that know fewer characters make of it. */
export function confusableForm(name: string): string {
  return name.toLowerCase().replaceAll(/[_.\-/]+/g, "_");
}

/** Whether some tool of one target could be confused with some tool of another: by the targets' names alone. */
export function couldShadow(one: string, other: string): boolean {
  const [a, b] = [`${confusableForm(one)}_`, `${confusableForm(other)}_`];
  return a.startsWith(b) || b.startsWith(a);
}

/** The tools of a target whose names could be confused with a tool of another target, or with the gateway's own (T12). */
export function shadowedBy(target: string, tools: readonly string[], neighbours: readonly Neighbour[]): string[] {
  const taken = new Map([[confusableForm(searchTool.name), searchTool.name]]);
  for (const other of neighbours) {
    for (const tool of other.tools) {
      const name = qualifiedName(other.name, tool);
      taken.set(confusableForm(name), name);
    }
  }
  return tools.flatMap((tool) => {
    const name = qualifiedName(target, tool);
    const other = taken.get(confusableForm(name)) ?? taken.get(confusableForm(tool));
    return other === undefined ? [] : [`The tool name ${name} can be mistaken for ${other}.`];
  });
}

/**
 * What texts could call the other targets' tools, in lower case, with the tools' qualified names: a description that speaks
 * of another target's tool may want an agent to use it otherwise. A tool's own name counts only where it isn't a word of
 * everyday language.
 * @param own the names that the describing target has itself.
 */
export function callableNames(own: ReadonlySet<string>, neighbours: readonly Neighbour[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { name, tools } of neighbours) {
    for (const tool of tools) {
      const qualified = qualifiedName(name, tool);
      names.set(qualified.toLowerCase(), qualified);
      if (isTelling(tool) && !own.has(tool)) names.set(tool.toLowerCase(), qualified);
    }
  }
  return names;
}

/** No qualified name is longer, and what is cut off a word must not take the square of its length. */
const longestWord = 200;

/** The tools that texts speak of, by their qualified names. @param names of {@link callableNames}. */
export function mentionsIn(texts: Iterable<string>, names: ReadonlyMap<string, string>): string[] {
  const found = new Set<string>();
  for (const text of texts) {
    for (const [word] of text.matchAll(/[A-Za-z0-9_./-]+/g)) {
      if (word.length > longestWord) continue;
      const name = names.get(word.replace(/[./-]+$/, "").toLowerCase());
      if (name !== undefined) found.add(name);
    }
  }
  return [...found];
}

/** Whether a name is a name and nothing else: `send_email` and `sendEmail`, not `send`. */
function isTelling(tool: string): boolean {
  return tool.length > 4 && (/[_.\-/\d]/.test(tool) || /[a-z][A-Z]/.test(tool));
}
