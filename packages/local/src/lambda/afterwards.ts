import { messageOf } from "@gatehouse/core/errors.ts";
import type { AfterAnswer } from "@gatehouse/functions/http.ts";

/** An invocation whose answer is to be given. */
export interface Answering {
  /** For the invocation's context. */
  readonly take: AfterAnswer;
  /** The answer has been given, or nobody wants it: whatever was left for then is done, and does not fail. */
  given(): Promise<void>;
}

/** What functions leave to be done after their answers, so that nobody waits for it. */
export interface Afterwards {
  begin(): Answering;
  /** Resolves as soon as nothing is left to be done, of invocations that go on as well. */
  done(): Promise<void>;
}

/** @param log told of what fails. */
export function createAfterwards(log: (line: string) => void): Afterwards {
  const underWay = new Set<Promise<void>>();

  function begin(): Answering {
    const { promise, resolve } = Promise.withResolvers<void>();
    underWay.add(promise);
    const left: (() => Promise<void>)[] = [];
    let isGiven = false;
    const act = (work: () => Promise<void>) =>
      work().catch((error: unknown) => log(`After an answer: ${messageOf(error)}`));
    return {
      take: (work) => {
        // One that has taken too long is answered before it is done.
        if (isGiven) void act(work);
        else left.push(work);
      },
      async given() {
        isGiven = true;
        // The answer leaves first.
        await new Promise(setImmediate);
        for (const work of left) await act(work);
        underWay.delete(promise);
        resolve();
      },
    };
  }

  return {
    begin,
    async done() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
