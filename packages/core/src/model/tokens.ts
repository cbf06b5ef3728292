/** A token has four bytes of English, three of JSON or Chinese: with three, few texts have more than were counted. */
export const bytesPerToken = 3;

/** About how many tokens texts are, whatever the model, and rather too many: by their bytes in UTF-8. */
export function roughTokens(...texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Math.ceil(Buffer.byteLength(text) / bytesPerToken), 0);
}
