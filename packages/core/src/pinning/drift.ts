import { createHash } from "node:crypto";
import { GatehouseError } from "../errors.ts";
import { quarantine } from "../storage/records.ts";
import { maximumTools, type Pinned, type PinnedTool } from "./reconcile.ts";

/** One tool in which what a target says differs from what was approved. */
export interface Drift {
  readonly name: string;
  readonly kind: "CHANGED" | "NEW" | "REMOVED";
  readonly approved?: PinnedTool;
  /** Absent of what is gone, and of what was refused by the review. */
  readonly observed?: PinnedTool;
}

/** How many tools differ, by how. */
export interface DriftCounts {
  readonly changed: number;
  readonly new: number;
  readonly removed: number;
}

/** A tool whose drift is accepted, and the digest of what was looked at; none of a tool that is gone. */
export interface Acceptance {
  readonly name: string;
  readonly digest?: string | undefined;
}

/** Every tool in which a target differs from what was approved: changed ones, new ones, those that are gone. */
export function driftOf({ tools, observed }: Pinned): Drift[] {
  const now = new Map(observed.map((one) => [one.tool.name, one]));
  const before = new Set(tools.map(({ tool }) => tool.name));
  const known = (reason: "CHANGED" | "REMOVED") =>
    tools
      .filter(({ tool }) => tool[quarantine] === reason)
      .map((approved): Drift => {
        const { name } = approved.tool;
        const is = now.get(name);
        return { name, kind: reason, approved, ...(is === undefined ? {} : { observed: is }) };
      });
  const added = observed
    .filter(({ tool }) => !before.has(tool.name))
    .map((one): Drift => ({ name: one.tool.name, kind: "NEW", observed: one }));
  return [...known("CHANGED"), ...added, ...known("REMOVED")];
}

export function countDrift(drift: readonly Drift[]): DriftCounts {
  const count = (kind: Drift["kind"]) => drift.filter((one) => one.kind === kind).length;
  return { changed: count("CHANGED"), new: count("NEW"), removed: count("REMOVED") };
}

/** The digest of all drift of a target together. */
export function digestOfDrift(drift: readonly Drift[]): string {
  const text = JSON.stringify(drift.map(identityOf).sort());
  return `sha256:${createHash("sha256").update(`gatehouse drift v1\n${text}`).digest("hex")}`;
}

/** The changed and new tools of which nobody has been told: what was in drift before, with the same digest, is known. */
export function newlyQuarantined(before: Pinned, after: Pinned): Drift[] {
  const told = new Set(driftOf(before).map(identityOf));
  return driftOf(after).filter((one) => one.kind !== "REMOVED" && !told.has(identityOf(one)));
}

function identityOf({ name, kind, observed }: Drift): string {
  return JSON.stringify([name, kind, observed?.digest]);
}

/**
 * A target's tools once some of its drift is accepted: what was looked at becomes what is approved.
 * @throws GatehouseError `conflict` for a tool that is no longer, or was never, as it was looked at; `validation` when the
 * target would have too many tools.
 */
export function accept(pinned: Pinned, acceptances: readonly Acceptance[]): Pinned {
  const open = new Map(driftOf(pinned).map((one) => [one.name, one]));
  const accepted = new Map(
    acceptances.map(({ name, digest }) => {
      const drift = open.get(name);
      if (drift === undefined) {
        throw new GatehouseError("conflict", `The tool ${name} is as it was approved: there is nothing to accept.`);
      }
      refuseUnseen(drift, digest);
      return [name, drift];
    }),
  );
  const kept = pinned.tools.flatMap((one) => {
    const drift = accepted.get(one.tool.name);
    if (drift === undefined) return [one];
    return drift.observed === undefined ? [] : [drift.observed];
  });
  const added = pinned.observed.filter(({ tool }) => accepted.get(tool.name)?.kind === "NEW");
  const tools = [...kept, ...added];
  if (tools.length > maximumTools) {
    throw new GatehouseError(
      "validation",
      `The target would have ${tools.length} tools, and may have ${maximumTools}; accept that others are gone first.`,
    );
  }
  return { tools, observed: pinned.observed.filter(({ tool }) => !accepted.has(tool.name)) };
}

function refuseUnseen({ name, kind, observed }: Drift, digest: string | undefined): void {
  if (kind === "CHANGED" && observed === undefined) {
    throw new GatehouseError(
      "conflict",
      `What the target says of the tool ${name} was refused and can't be accepted: see statusReasons of the target, have it mended, and synchronise again.`,
    );
  }
  if (observed?.digest === digest) return;
  const is = observed === undefined ? "is gone" : `has the digest ${observed.digest}`;
  const was = digest === undefined ? "none was given" : `${digest} was given`;
  throw new GatehouseError("conflict", `The tool ${name} ${is}, and ${was}: look at the difference again.`);
}
