import { randomUUID } from "node:crypto";
import type { Administrator } from "../../control/administrator.ts";
import { GatehouseError } from "../../errors.ts";
import type { CredentialRequested, GatehouseEvent } from "../../observability/events.ts";
import type { User } from "../outbound/credentials.ts";
import type { Subject } from "./handlers.ts";

/** Collects what is recorded of one request for a credential. */
export function openRecord({ type, id, roles }: Administrator, operation: string, requestId: string) {
  let subject: Subject = {};
  return {
    note(more: Subject): void {
      subject = { ...subject, ...more };
    },
    /** The event, once it is known what has come of the request. Of an answer only its kind is looked at (T18). */
    eventOf(outcome: PromiseSettledResult<object>): GatehouseEvent {
      const { user, scopes, ...rest } = subject;
      const detail: CredentialRequested = {
        schemaVersion: 1,
        credentialRequestId: randomUUID(),
        time: new Date().toISOString(),
        requestId,
        caller: { type, id, roles: [...roles] },
        operation,
        ...rest,
        ...(user === undefined ? {} : { user: named(user) }),
        ...(scopes === undefined ? {} : { scopes: [...scopes] }),
        ...resultOf(outcome, operation),
      };
      return { type: "CredentialRequested", detail };
    },
  };
}

function named(user: User): NonNullable<CredentialRequested["user"]> {
  return user.kind === "token" ? { issuer: user.issuer, id: user.subject } : { id: user.id };
}

function resultOf(
  outcome: PromiseSettledResult<object>,
  operation: string,
): Pick<CredentialRequested, "result" | "reason"> {
  if (outcome.status === "fulfilled") {
    if (operation === "CompleteResourceTokenAuth") return { result: "completed" };
    return { result: "sessionStatus" in outcome.value ? "consent-needed" : "given" };
  }
  const { reason } = outcome;
  // What is said of Gatehouse's own faults is for its log: it may quote anything.
  if (!(reason instanceof GatehouseError) || reason.code === "internal") return { result: "failed" };
  return { result: "refused", reason: reason.message };
}
