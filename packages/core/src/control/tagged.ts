import type { Step } from "../storage/configRepository.table.ts";

export type Tags = Readonly<Record<string, string>>;

/** A resource that has tags, as it is now. */
export interface Tagged {
  readonly tags: Tags;
  /** Replaces the tags, if nothing of the resource has changed since. */
  replace(tags: Tags, alongside: readonly Step[]): Promise<unknown>;
}
