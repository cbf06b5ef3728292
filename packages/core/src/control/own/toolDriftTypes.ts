import type { MemberDifference } from "../../pinning/difference.ts";

/** How many tools of a target wait for somebody to look at them, by how they differ from what was approved. */
export interface ToolDriftCounts {
  readonly changed: number;
  readonly new: number;
  readonly removed: number;
}

/** A tool in which what its target says differs from what was approved. */
export interface ToolDrift {
  /** The target's own name for it. */
  readonly name: string;
  readonly kind: "CHANGED" | "NEW" | "REMOVED";
  /** Absent of a new tool. */
  readonly approvedDigest?: string;
  /** What an acceptance has to name. Absent of a tool that is gone, and of what the review has refused. */
  readonly observedDigest?: string;
  /** Place by place; a new tool is added as a whole, one that is gone is removed as a whole. */
  readonly differences: readonly MemberDifference[];
}

type OfTarget = { readonly gatewayIdentifier: string; readonly targetId: string };

/** The operations on tools that aren't as they were approved, by name. */
export interface ToolDriftOperations {
  ListToolDrift: {
    input: OfTarget & { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined };
    output: ToolDriftCounts & {
      readonly gatewayArn: string;
      readonly targetId: string;
      /** Of all that differs together, to accept all of it. */
      readonly driftDigest: string;
      readonly toolDrift: readonly ToolDrift[];
      readonly nextToken?: string;
    };
  };
  AcceptToolDrift: {
    input: OfTarget & {
      readonly driftDigest?: string | undefined;
      readonly tools?: readonly { readonly name: string; readonly digest?: string | undefined }[] | undefined;
    };
    output: ToolDriftCounts & {
      readonly gatewayArn: string;
      readonly targetId: string;
      readonly accepted: readonly string[];
    };
  };
}

/** The name of one of them. */
export type ToolDriftOperation = keyof ToolDriftOperations;
