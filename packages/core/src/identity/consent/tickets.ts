import { ifSealedHere, type Keyring } from "../vault/keyring.ts";

/** What a browser carries from one step of a consent to the next, and what it is bound to there. */
export interface Tickets {
  /** Of the page's form: the consent, and the browser that the page was shown in. */
  readonly form: { readonly bound: { readonly session: string; readonly browser: string }; readonly value: object };
  /** Of whoever was sent to the provider's issuer: its answer is taken from this browser alone. */
  readonly answer: { readonly bound: { readonly state: string }; readonly value: ConsentOfAgent };
  /** Of whoever has come back from there without an application to go to. */
  readonly completion: { readonly bound: { readonly session: string }; readonly value: ConsentOfAgent };
  /** Of whoever was sent to the gateway's issuer to say who they are. */
  readonly login: {
    readonly bound: { readonly state: string };
    readonly value: ConsentOfAgent & { readonly nonce: string; readonly verifier: string };
  };
}

export interface ConsentOfAgent {
  readonly session: string;
  readonly agent: string;
}

/** Seals what browsers carry: nobody can read, alter or make one, use it for another consent, or after its time. */
export interface TicketOffice {
  seal<Kind extends keyof Tickets>(
    kind: Kind,
    bound: Tickets[Kind]["bound"],
    value: Tickets[Kind]["value"],
  ): Promise<string>;
  /** Undefined for whatever was not sealed for this very step, or too long ago. */
  open<Kind extends keyof Tickets>(
    kind: Kind,
    bound: Tickets[Kind]["bound"],
    sealed: string | undefined,
  ): Promise<Tickets[Kind]["value"] | undefined>;
}

/** As long as a consent may take from step to step. */
const lifetimeMilliseconds = 600_000;

/** Seals tickets with the deployment's key. */
export function createTicketOffice({
  keyring,
  now,
}: {
  readonly keyring: Keyring;
  readonly now: () => Date;
}): TicketOffice {
  return {
    seal: (kind, bound, value) =>
      keyring.seal(JSON.stringify({ value, expires: now().getTime() + lifetimeMilliseconds }), {
        is: `consent-${kind}`,
        ...bound,
      }),
    async open<Kind extends keyof Tickets>(kind: Kind, bound: Tickets[Kind]["bound"], sealed: string | undefined) {
      if (sealed === undefined) return undefined;
      const text = await ifSealedHere(keyring.open(sealed, { is: `consent-${kind}`, ...bound }));
      if (text === undefined) return undefined;
      // Sealed above and nowhere else, for this kind.
      const { value, expires } = JSON.parse(text) as {
        readonly value: Tickets[Kind]["value"];
        readonly expires: number;
      };
      return now().getTime() < expires ? value : undefined;
    },
  };
}
