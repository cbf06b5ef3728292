import { fileURLToPath } from "node:url";

/** Where the labelled set is that was made for the built-in evaluators. */
export const labelledFolder = fileURLToPath(new URL("../../test/fixtures/evaluation", import.meta.url));
