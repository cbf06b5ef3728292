import type { JsonObject } from "../../../json.ts";
import type { GatewayName } from "./gateways.ts";

/** A call that a sentence decides about. */
export interface ExampleCall {
  /** The tool's own name; no two targets of a corpus gateway share one. */
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly claims: Readonly<Record<string, string>>;
  readonly id?: string;
  readonly expect: "ALLOW" | "DENY";
}

/** A text and what it means: how calls are decided, or why it says nothing that can be decided. */
export type CorpusEntry =
  | {
      readonly gateway: GatewayName;
      readonly text: string;
      readonly calls: readonly ExampleCall[];
      /** Everything else is permitted, so that a prohibition shows; otherwise nothing else is. */
      readonly open: boolean;
      /** How many statements the text makes. */
      readonly statements: number;
    }
  | {
      readonly gateway: GatewayName;
      readonly text: string;
      /** What the reason must name, in any case. */
      readonly refused: readonly string[];
    };

type Claims = Readonly<Record<string, string>>;

/** A call that must be allowed. */
export function yes(tool: string, args: JsonObject = {}, claims: Claims = {}, id?: string): ExampleCall {
  return { tool, arguments: args, claims, expect: "ALLOW", ...(id === undefined ? {} : { id }) };
}

/** A call that must be denied. */
export function no(tool: string, args: JsonObject = {}, claims: Claims = {}, id?: string): ExampleCall {
  return { ...yes(tool, args, claims, id), expect: "DENY" };
}

/** What makes the entries of one gateway. */
export function entriesFor(gateway: GatewayName) {
  return {
    /** A text of permissions, on an engine without other policies. */
    permits: (text: string, calls: readonly ExampleCall[], statements = 1): CorpusEntry => ({
      gateway,
      text,
      calls,
      open: false,
      statements,
    }),
    /** A text of prohibitions, on an engine that permits everything. */
    forbids: (text: string, calls: readonly ExampleCall[], statements = 1): CorpusEntry => ({
      gateway,
      text,
      calls,
      open: true,
      statements,
    }),
    /** A text that must not be translated, with words that the reason must have. */
    refuses: (text: string, ...refused: readonly string[]): CorpusEntry => ({ gateway, text, refused }),
  };
}
