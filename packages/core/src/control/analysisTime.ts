/** How long one answer of the analyzer may take in a request, so that a few fit into the time that there is for it. */
export const millisecondsAnAnswer = 4_000;

/** How long a request may go on asking the analyzer: API Gateway waits 29 seconds for its answer. */
const millisecondsARequest = 18_000;

/** The time in which a request may ask the analyzer, from now on. */
export function analysisTime(): { readonly isUp: boolean } {
  const end = performance.now() + millisecondsARequest;
  return {
    get isUp() {
      return performance.now() >= end;
    },
  };
}
