import { GatehouseError } from "../errors.ts";

/** A model's endpoint won't have a request as it is: it would refuse it again, but perhaps not another one. */
export class ModelRefusal extends GatehouseError {
  /** Private, because whoever logs an error logs its members: an endpoint may repeat what it was asked (T18). */
  readonly #words: string;

  /**
   * @param shown What the endpoint said, in one line.
   * @param words All of it.
   */
  constructor(modelId: string, shown: string, words: string) {
    super("internal", `The model ${modelId} refuses the request: ${shown}.`);
    this.#words = words;
  }

  /** Whether the endpoint has spoken of something. */
  mentions(pattern: RegExp): boolean {
    return pattern.test(this.#words);
  }
}
