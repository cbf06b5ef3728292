/** A page that a browser shows. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * A browser as far as signing in needs one: it keeps cookies, follows redirects and `refresh`, and sends forms. It stops
 * before an address that `isElsewhere` names: an application's own.
 */
export class Browser {
  readonly cookies = new Map<string, string>();
  /** Where it stops. */
  isElsewhere: (url: URL) => boolean;

  constructor(isElsewhere: (url: URL) => boolean) {
    this.isElsewhere = isElsewhere;
  }

  /** The page that an address leads to; only an address where it leads to an application. */
  async open(address: string | URL, init: RequestInit = {}): Promise<Page | URL> {
    let url = new URL(address);
    let next: RequestInit = init;
    for (let hops = 0; hops < 20; hops++) {
      if (this.isElsewhere(url)) return url;
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const headers = { ...(next.headers as Record<string, string>), ...(cookie === "" ? {} : { cookie }) };
      const response = await fetch(url, { ...next, redirect: "manual", headers });
      for (const line of response.headers.getSetCookie()) this.#keep(line);
      const text = await response.text();
      const onward = response.headers.get("location") ?? refreshIn(text);
      if (onward === undefined) return { url, status: response.status, headers: response.headers, text };
      url = new URL(onward, url);
      next = {};
    }
    throw new Error(`${address} leads nowhere.`);
  }

  /** Sends the form of a page, with what its hidden fields hold and the values that are given. */
  async submit(
    page: Page | URL,
    values: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Page | URL> {
    if (page instanceof URL) throw new Error(`There is no page: ${page}`);
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)];
    const fields = hidden.map(([, name = "", value = ""]): [string, string] => [name, value]);
    const [, action] = /<form[^>]*action="([^"]+)"/.exec(page.text) ?? [];
    const url = action === undefined ? page.url : new URL(decoded(action), page.url);
    const body = new URLSearchParams([...fields, ...Object.entries(values)]).toString();
    const own = { "content-type": "application/x-www-form-urlencoded", origin: page.url.origin };
    return this.open(url, { method: "POST", body, headers: { ...own, ...headers } });
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split(/; */);
    const at = pair.indexOf("=");
    const isGone = attributes.some((attribute) => /^max-age=0$|^expires=Thu, 01 Jan 1970/i.test(attribute));
    if (isGone) this.cookies.delete(pair.slice(0, at));
    else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}

function refreshIn(text: string): string | undefined {
  const [, address] = /<meta http-equiv="refresh" content="0; url=([^"]+)">/.exec(text) ?? [];
  return address && decoded(address);
}

const characters: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

function decoded(text: string): string {
  return text.replace(/&#39;|&(?:amp|lt|gt|quot);/g, (entity) => characters[entity] ?? "");
}
