/** How many tools a sentence names before it counts. */
const mostNamed = 3;

/** The names of some tools in a sentence: `T___a, T___b, T___c and 4 more`. */
export function toolsInWords(tools: readonly string[]): string {
  const named = tools.slice(0, mostNamed);
  const more = tools.length - named.length;
  if (more > 0) return `${named.join(", ")} and ${more} more`;
  const last = named.at(-1) ?? "no tool";
  return named.length > 1 ? `${named.slice(0, -1).join(", ")} and ${last}` : last;
}
