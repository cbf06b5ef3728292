import type { Callers } from "../identity/callers.ts";
import type { JwtVerifier } from "../identity/jwt.ts";
import type { EventPublisher, ToolDecision } from "../observability/events.ts";
import type { Cursors } from "./features/cursors.ts";
import type { InvokeInterceptor } from "./interceptors/invoke.ts";
import type { Limiter } from "./limits/limiter.ts";
import type { SearchDependencies } from "./search/search.ts";
import type { Snapshots } from "./snapshot.ts";
import type { TargetKinds } from "./targets/target.ts";

/** What the gateway needs from around it. */
export interface GatewayDependencies {
  readonly snapshots: Snapshots;
  readonly verifier: JwtVerifier;
  readonly callers: Callers;
  readonly publisher: EventPublisher;
  readonly targets: TargetKinds;
  readonly limiter: Limiter;
  readonly cursors: Cursors;
  readonly interceptors: InvokeInterceptor;
  /** The public base address, without a slash at its end. */
  readonly url: string;
  /** How long a target may take to answer. */
  readonly requestTimeoutMilliseconds: number;
  readonly now: () => Date;
  /** Told when deciding failed (and so denied): the alarm metric hangs here. */
  readonly onPolicyFailure: (reason: string) => void;
  /** The last resort for a decision that neither bus nor outbox took: its call fails, but its target may have acted. */
  readonly onUnrecorded: (decision: ToolDecision) => void;
  readonly onTargetFailure: (reason: string) => void;
  readonly search: SearchDependencies;
  /** Told when an interceptor failed, whether its requests pass then or not: the alarm metric hangs here. */
  readonly onInterceptorFailure: (reason: string) => void;
  /** Told of whatever should not have happened. */
  readonly onError: (error: unknown) => void;
}
