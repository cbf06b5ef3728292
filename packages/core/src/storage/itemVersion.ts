import { GatehouseError } from "../errors.ts";

/**
 * The latest version of items that this code can read. An item says its version in `itemVersion`; one that says none is of
 * version 1. It grows when items change in a way that older code would misread, and then in two deployments: the first
 * reads both versions, the second writes the new one (docs/upgrade.md). Version 2 are policies in LOG_ONLY,
 * version 3 tools in quarantine.
 */
export const latestItemVersion = 3;

/**
 * Lets an item through that this code can read. Others are of a later Gatehouse, after which an earlier one was deployed:
 * what they say is not guessed at.
 * @throws GatehouseError `internal` for an item of a later version.
 */
export function readable<I extends Readonly<Record<string, unknown>>>(item: I): I {
  const version = Number(item.itemVersion ?? 1);
  if (version <= latestItemVersion) return item;
  throw new GatehouseError(
    "internal",
    `The item ${item.pk} ${item.sk} has version ${item.itemVersion}, and this Gatehouse reads versions up to ${latestItemVersion}: deploy the version that has written it, or a later one.`,
  );
}
