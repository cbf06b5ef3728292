import { key, nothingPublic, noWildcards, trust, users } from "./checks/access.ts";
import { api, routes, streaming } from "./checks/api.ts";
import { expiry, protection, recovery, tableKey, tables } from "./checks/data.ts";
import { edge } from "./checks/edge.ts";
import { archive, consumers, deadLetters, queues, rules, schedules } from "./checks/events.ts";
import type { Check } from "./checks/find.ts";
import { bounds, environment, logs, network, tracing } from "./checks/functions.ts";
import { exactGrants, targetRights } from "./checks/grants.ts";
import { alarms, dashboard } from "./checks/observability.ts";

/** What must hold of every deployment. Each is about one thing, so that what breaks one breaks no other. */
export const checks = {
  "every function has exactly its rights": exactGrants,
  "what targets may be asked for is their role's": targetRights,
  "no other right is of a kind or over everything": noWildcards,
  "roles are taken by whom they are for only": trust,
  "nothing is public": nothingPublic,
  "the key rotates and opens only Gatehouse's secrets": key,
  "users are made by administrators, who alone set claims": users,
  "rules are the topology's": rules,
  "nothing accepted is lost": deadLetters,
  "queues are encrypted and written by their rules only": queues,
  "queues are drained by their functions": consumers,
  "the archive keeps every event": archive,
  "schedules are the topology's": schedules,
  "routes are the topology's": routes,
  "what streams may take its time": streaming,
  "the API is regional, logged and throttled": api,
  "clients come through the edge": edge,
  "tables have their keys": tables,
  "what is to expire expires": expiry,
  "tables can be taken back": recovery,
  "data stays where it is to stay": protection,
  "tables are encrypted as the stage says": tableKey,
  "functions have the topology's bounds": bounds,
  "every invocation is traced": tracing,
  "logs are kept as long as they may": logs,
  "environments are complete": environment,
  "functions are in the stage's network": network,
  "what must be looked at is watched": alarms,
  "the dashboard shows what is there": dashboard,
} as const satisfies Record<string, Check>;

export type CheckName = keyof typeof checks;
