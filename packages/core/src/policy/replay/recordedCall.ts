import { messageOf } from "../../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";

/** A call as it was recorded: who, which tool, with what, when, and what was decided. In a file, one JSON object a line (NDJSON). */
export interface RecordedCall {
  /** RFC 3339. */
  readonly time: string;
  readonly principal: {
    readonly type: string;
    readonly id: string;
    /** Every claim as a string, as policies see them. */
    readonly tags: Readonly<Record<string, string>>;
  };
  /** The action: a tool's name as agents know it, `Target___tool`, or `GetPrompt:Target___prompt`, or `ReadResource:Target`. */
  readonly tool: string;
  readonly arguments: JsonObject;
  /** What the gateway's interceptor told policies. */
  readonly interceptor?: JsonObject;
  readonly decision: "ALLOW" | "DENY";
  /** The ids of the policies that decided. */
  readonly determiningPolicies?: readonly string[];
  readonly decisionId?: string;
}

/** Why a call can't be replayed. The texts are about one call. */
export const unreplayableReasons = {
  notJson: "The line is not a JSON object",
  notACall: "It is not a call as calls are recorded",
  notRecorded: "Its arguments were not recorded",
  notDecided: "It was not decided by policy",
  unknownTool: "The gateway has no tool of its name",
  otherPrincipal: "The gateway lets in no principals of its type",
  doesNotFit: "Its arguments do not fit the tool's input schema as it is now",
} as const;
export type UnreplayableReason = keyof typeof unreplayableReasons;

/** What stands for a call that can't be replayed, so that it is counted. */
export interface Unreplayable {
  readonly unreplayable: UnreplayableReason;
  /** Which call it is and what is wrong with it. */
  readonly detail: string;
  /** Its line in the file, counted from 1. */
  readonly line?: number;
}

/** Reads one line of a file of recorded calls. Members that it doesn't know are left alone. */
export function parseRecordedCall(text: string, line: number): RecordedCall | Unreplayable {
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { unreplayable: "notJson", detail: messageOf(error), line };
  }
  if (!isJsonObject(value)) return { unreplayable: "notJson", detail: "it is another value", line };
  const complaint = complaintAbout(value);
  if (complaint !== undefined) return { unreplayable: "notACall", detail: complaint, line };
  if (value.arguments === undefined) return { unreplayable: "notRecorded", detail: describeCall(value), line };
  if (!isJsonObject(value.arguments)) {
    return { unreplayable: "notACall", detail: "arguments must be an object", line };
  }
  return value as unknown as RecordedCall; // Every member was looked at.
}

/** What is wrong with a call, its arguments aside; written by hand, because a million calls pass here. */
function complaintAbout({ time, principal, tool, decision, ...rest }: JsonObject): string | undefined {
  if (!isTime(time)) return "time must be a time of RFC 3339, as in 2026-01-31T12:00:00Z";
  if (!isJsonObject(principal)) return "principal must be an object";
  if (typeof principal.type !== "string") return "principal.type must be a string";
  if (typeof principal.id !== "string") return "principal.id must be a string";
  if (!isJsonObject(principal.tags) || !Object.values(principal.tags).every(isString)) {
    return "principal.tags must be an object of strings";
  }
  if (typeof tool !== "string") return "tool must be a string";
  if (decision !== "ALLOW" && decision !== "DENY") return "decision must be ALLOW or DENY";
  const { determiningPolicies = [], decisionId = "", interceptor = {} } = rest;
  if (!isJsonObject(interceptor)) return "interceptor must be an object";
  if (!Array.isArray(determiningPolicies) || !determiningPolicies.every(isString)) {
    return "determiningPolicies must be a list of strings";
  }
  return typeof decisionId === "string" ? undefined : "decisionId must be a string";
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

function isTime(value: Json | undefined): boolean {
  return typeof value === "string" && rfc3339.test(value) && !Number.isNaN(Date.parse(value));
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function describeCall({ tool, time }: JsonObject): string {
  return `a call of ${String(tool).slice(0, 200)} at ${String(time)}`;
}
