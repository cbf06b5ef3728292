const encoder = new TextEncoder();

/**
 * About how many tokens a text is, whatever the model: a third of its bytes in UTF-8. That is more than English and JSON
 * take with the tokenizers of today, and about what Chinese and Japanese do.
 */
export function roughTokens(...texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Math.ceil(encoder.encode(text).byteLength / 3), 0);
}
