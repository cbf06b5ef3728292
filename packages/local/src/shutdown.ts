import { messageOf } from "@gatehouse/core/errors.ts";

/** A step of the way down. It should be done when `deadline` resolves, by force if need be. */
export type Step = (deadline: Promise<void>) => void | Promise<void>;

/** The way down: what was brought up is taken down in the opposite order, once, whatever else fails. */
export class Shutdown {
  readonly #steps: Step[] = [];
  #done: Promise<void> | undefined;

  add(step: Step): void {
    this.#steps.push(step);
  }

  /** Takes everything down; the steps are told when so many milliseconds have passed. */
  run(milliseconds: number, log: (line: string) => void): Promise<void> {
    this.#done ??= this.#run(milliseconds, log);
    return this.#done;
  }

  async #run(milliseconds: number, log: (line: string) => void): Promise<void> {
    const { promise: deadline, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    for (const step of this.#steps.reverse()) {
      try {
        await step(deadline);
      } catch (error) {
        log(`Stopping: ${messageOf(error)}`);
      }
    }
    clearTimeout(timer);
  }
}
