const longestReason = 300;

/** The first line of what somebody else has to say, cut, without what is invisible, as part of a sentence of ours. */
export function oneLine(text: string): string {
  const [first = ""] = text.trim().split(/[\n\r]/, 1);
  const visible = first
    .slice(0, longestReason)
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim();
  return visible.replace(/\.$/, "");
}
