/** The longest answer: 150 words, and what models that think beforehand need. */
export const answerTokens = 2_048;

/** What stands beside the material: the longest answer with its correction, instructions, rubric and labels. */
export const besidesMaterial = 3 * answerTokens;

/** What a model must read and write at least to be a judge: less holds no conversation. */
export const leastContextTokens = 8_192;
