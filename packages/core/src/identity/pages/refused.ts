import { GatehouseError } from "../../errors.ts";
import { type Html, html } from "../../html.ts";
import { CredentialError } from "../outbound/credentials.ts";
import { pageResponse } from "./page.ts";

/** A step that goes no further, as the person at the browser is told it. Its cause is for administrators. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  readonly title: string;
  readonly paragraphs: readonly (string | Html)[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    title: string,
    paragraphs: readonly (string | Html)[],
    { cause, headers = {} }: { readonly cause?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(title, cause === undefined ? undefined : { cause });
    this.status = status;
    this.title = title;
    this.paragraphs = paragraphs;
    this.headers = headers;
  }
}

/** What is asked in another way than an address takes. @param allow its methods, comma-separated. */
export function methodRefused(allow: string): Refused {
  const paragraphs = ["Begin again where you came from, and follow the link that you get there."];
  return new Refused(405, "This is not how this address works", paragraphs, { headers: { allow } });
}

/** The page for somebody who asks too often, or whose neighbours do. */
export function tooOften(retryAfterSeconds: number): Refused {
  const paragraphs = [`Too many people sign in from your network. Try again in ${retryAfterSeconds} seconds.`];
  const headers = { "retry-after": String(retryAfterSeconds) };
  return new Refused(429, "This can't go on now", paragraphs, { headers });
}

/**
 * Answers a person. Whatever goes wrong, nobody is sent anywhere because of it, and nothing of it is told but how
 * administrators find it.
 * @param onFailure hears what administrators can mend; it is told no secret.
 */
export async function inPages(
  answer: () => Promise<Response>,
  { requestId, onFailure }: { readonly requestId: string; readonly onFailure: (reason: string) => void },
): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof Refused) {
      if (error.cause !== undefined) onFailure(`${error.title}: ${toldOf(error.cause)}`);
      return refusalPage(error);
    }
    onFailure(toldOf(error));
    const reason = `Nothing was given away. An administrator finds the reason under ${requestId}.`;
    return refusalPage(new Refused(500, "Something went wrong", [reason]));
  }
}

/** What may be told of an error: of one from anywhere else its name alone, for its message may quote what was sent (T18). */
export function toldOf(error: unknown): string {
  if (error instanceof GatehouseError || error instanceof CredentialError) return error.message;
  return `${error instanceof Error ? error.name : "An error"}.`;
}

function refusalPage({ status, title, paragraphs, headers }: Refused): Response {
  const body = html`${paragraphs.map((paragraph) => html`<p>${paragraph}</p>\n`)}`;
  const page = pageResponse({ status, title, body });
  for (const [name, value] of Object.entries(headers)) page.headers.set(name, value);
  return page;
}
