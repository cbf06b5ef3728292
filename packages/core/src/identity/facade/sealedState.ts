import { digestOf } from "../../storage/facadeRepository.ts";
import { ifSealedHere, type Keyring } from "../vault/keyring.ts";
import type { FacadeDependencies } from "./dependencies.ts";

/** An authorization request that was found to be in order. */
export interface AuthorizationRequest {
  readonly gatewayId: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state?: string;
  readonly codeChallenge: string;
  readonly scopes: readonly string[];
  /** OpenID Connect Core, section 3.1.2.1: what the issuer is to ask anew. */
  readonly prompt?: string;
}

/** A sign-in at the issuer: what it was begun for, and where. */
export interface Flow extends AuthorizationRequest {
  readonly verifier: string;
  readonly discoveryUrl: string;
}

/** What an authorization code stands for: the issuer's, which is exchanged only for whoever proves that they began it. */
export interface Code extends Flow {
  readonly issuerState: string;
  /** The query of the issuer's callback. */
  readonly callback: string;
}

/** How long a user may take: to consent, and to sign in. */
export const flowMilliseconds = 600_000;
/** A client is there to redeem its code at once (RFC 9700 wants it to be short-lived). */
export const codeMilliseconds = 60_000;
/** How long a code that was presented is known again. */
const rememberedMilliseconds = 86_400_000;

type Stored = Pick<FacadeDependencies, "keyring" | "store" | "now">;

type Single = { readonly FLOW: Flow; readonly CODE: Code };

/** Stores what is good for one use, under a handle that its bearer alone knows. */
export async function keep<Kind extends keyof Single>(
  { keyring, store, now }: Stored,
  kind: Kind,
  handle: string,
  value: Single[Kind],
): Promise<void> {
  const expires = new Date(now().getTime() + (kind === "FLOW" ? flowMilliseconds : codeMilliseconds));
  const text = JSON.stringify({ ...value, expires: expires.getTime() });
  await store.put(kind, handle, await keyring.seal(text, contextOf(kind, handle)), expires);
}

/** Takes a sign-in away: undefined where it isn't there, was taken before, or has expired. */
export async function takeFlow({ keyring, store, now }: Stored, handle: string): Promise<Flow | undefined> {
  const sealed = await store.takeFlow(handle);
  return sealed === undefined ? undefined : unexpired<Flow>(keyring, sealed, contextOf("FLOW", handle), now());
}

/** A code that was presented. */
export interface PresentedCode extends Code {
  /** Whether it still may be redeemed. */
  readonly state: "GOOD" | "EXPIRED" | "PRESENTED_AGAIN";
}

/** Takes a code: undefined where it isn't there. */
export async function takeCode({ keyring, store, now }: Stored, handle: string): Promise<PresentedCode | undefined> {
  const taken = await store.takeCode(handle, new Date(now().getTime() + rememberedMilliseconds));
  const content = taken && (await opened<Code>(keyring, taken.sealed, contextOf("CODE", handle)));
  if (content === undefined) return undefined;
  const { expires, ...code } = content;
  const inTime = now().getTime() < expires ? "GOOD" : "EXPIRED";
  return { ...code, state: taken?.isAgain ? "PRESENTED_AGAIN" : inTime };
}

/** What is asked of a user, on its way through their browser. */
export interface Ticket extends AuthorizationRequest {
  /** Names the cookie of the browser that was asked, and says what must be in it. */
  readonly browser: { readonly name: string; readonly value: string };
}

const ticketContext = (gatewayId: string) => ({ is: "facade-consent", gateway: gatewayId });

export function sealTicket(keyring: Keyring, ticket: Ticket, now: Date): Promise<string> {
  const text = JSON.stringify({ ...ticket, expires: now.getTime() + flowMilliseconds });
  return keyring.seal(text, ticketContext(ticket.gatewayId));
}

export function openTicket(
  keyring: Keyring,
  gatewayId: string,
  sealed: string,
  now: Date,
): Promise<Ticket | undefined> {
  return unexpired<Ticket>(keyring, sealed, ticketContext(gatewayId), now);
}

/** Undefined for what was not sealed for this, and for what was sealed too long ago. */
async function unexpired<Value>(
  keyring: Keyring,
  sealed: string,
  context: Readonly<Record<string, string>>,
  now: Date,
): Promise<Value | undefined> {
  const content = await opened<Value>(keyring, sealed, context);
  if (content === undefined) return undefined;
  const { expires, ...value } = content;
  return now.getTime() < expires ? (value as Value) : undefined; // TypeScript doesn't put the two together again.
}

async function opened<Value>(
  keyring: Keyring,
  sealed: string,
  context: Readonly<Record<string, string>>,
): Promise<(Value & { readonly expires: number }) | undefined> {
  const text = await ifSealedHere(keyring.open(sealed, context));
  // Sealed above and nowhere else.
  return text === undefined ? undefined : JSON.parse(text);
}

function contextOf(kind: keyof Single, handle: string) {
  return { is: kind === "FLOW" ? "facade-flow" : "facade-code", handle: digestOf(handle) };
}
