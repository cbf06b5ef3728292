import type { Inputs } from "../../synth/graph.ts";
import type { Clients } from "../clients.ts";

/** What is created with. */
export interface Means {
  readonly aws: Clients;
  /** The archive of a function, by its key in the bucket that it would be uploaded to. */
  archive(key: string): Promise<Uint8Array>;
}

/**
 * Creates one resource, as AWS's provider would by the same inputs; its name in the program is for what has none.
 * @returns what others may refer to, by the names that it has among the provider's outputs.
 */
export type Create = (
  inputs: Inputs,
  means: Means,
  name: string,
) => Promise<Readonly<Record<string, string | undefined>>>;
