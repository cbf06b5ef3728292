import type { Footprint } from "./footprint.ts";
import { type Quotas, quotas, raised } from "./quotas.ts";

/** A deployment as it could be: what its code does, and the quotas that it has. */
export interface Variant {
  readonly footprint: Footprint;
  readonly quotas: Quotas;
}

/** A step towards more load. */
export interface Answer {
  readonly name: string;
  /** Whether the code does it, or a request to AWS; otherwise it would have to be built. */
  readonly available: boolean;
  readonly apply: (variant: Variant) => Variant;
}

/** Partition keys that a gateway's decisions, and items that a version, would be spread over. */
export const shards = 16;

/** How a deployment answers a growing load, step by step, each with all before it. */
export const answers: readonly Answer[] = [
  { name: "as deployed: production, default quotas", available: true, apply: (variant) => variant },
  {
    name: "the stage's throttle out of the way",
    available: true,
    apply: ({ footprint, quotas }) => ({
      footprint,
      quotas: { ...quotas, stageThrottle: { ...quotas.stageThrottle, limit: quotas.stageThrottle.raised } },
    }),
  },
  {
    name: "AWS's quotas raised",
    available: true,
    apply: ({ footprint, quotas }) => ({ footprint, quotas: raised(quotas) }),
  },
  {
    name: `${shards} keys a gateway and hour in the ledger, ${shards} items a version`,
    available: false,
    apply: ({ footprint, quotas }) => ({
      footprint: { ...footprint, keysPerGateway: shards, itemsPerVersion: shards },
      quotas,
    }),
  },
  {
    name: "decisions straight to the queue, past the bus",
    available: false,
    apply: ({ footprint, quotas }) => ({
      footprint,
      quotas: { ...quotas, putEvents: unbounded(quotas.putEvents), ruleInvocations: unbounded(quotas.ruleInvocations) },
    }),
  },
];

/** The variants that the answers lead to, in their order. */
export function variantsOf(footprint: Footprint): readonly (Answer & Variant)[] {
  let variant: Variant = { footprint, quotas };
  return answers.map((answer) => {
    variant = answer.apply(variant);
    return { ...answer, ...variant };
  });
}

function unbounded<Q extends { readonly limit: number }>(quota: Q): Q {
  return { ...quota, limit: Number.POSITIVE_INFINITY };
}
