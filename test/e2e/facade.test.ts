import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { makeCertificate } from "@gatehouse/core/egress/testing.ts";
import * as current from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  application,
  browserOfUser,
  openSignInVenue,
  redirectUri,
  type SignInVenue,
  signIn,
  useFacade,
} from "../support/facade.ts";
import type { TestGateway } from "../support/gatehouse.ts";

let venue: SignInVenue;
beforeAll(async () => {
  venue = await openSignInVenue();
});
afterAll(() => venue?.[Symbol.asyncDispose]());

/** What an application of the SDK remembers, and where it sends its user. */
function memory() {
  const kept: { client?: object; tokens?: Record<string, unknown>; verifier?: string; address?: URL } = {};
  const provider = {
    redirectUrl: redirectUri,
    clientMetadata: { redirect_uris: [redirectUri], client_name: "Desk", token_endpoint_auth_method: "none" },
    clientInformation: () => kept.client,
    saveClientInformation: (client: object) => {
      kept.client = client;
    },
    tokens: () => kept.tokens,
    saveTokens: (tokens: object) => {
      kept.tokens = { ...tokens };
    },
    redirectToAuthorization: (address: URL) => {
      kept.address = address;
    },
    saveCodeVerifier: (verifier: string) => {
      kept.verifier = verifier;
    },
    codeVerifier: () => kept.verifier ?? "",
    state: () => "the state of the application",
  };
  return { kept, provider };
}

/** The two generations of the SDK, each with its transport and its client. */
const sdks = {
  "the SDK's client": (gateway: TestGateway, provider: object) => {
    const authProvider = provider as current.OAuthClientProvider; // Its memory is typed loosely, for both.
    const transport = new current.StreamableHTTPClientTransport(new URL(gateway.url), { authProvider });
    const client = new current.Client({ name: "desk", version: "1.0.0" });
    return {
      connect: () => client.connect(transport),
      finish: ({ searchParams }: URL) => transport.finishAuth(searchParams),
      list: () => client.listTools(),
      close: () => client.close(),
    };
  },
  "the older SDK's client": (gateway: TestGateway, provider: object) => {
    const options = { authProvider: provider } as ConstructorParameters<typeof OldTransport>[1]; // As above.
    const transport = new OldTransport(new URL(gateway.url), options);
    const client = new OldClient({ name: "desk", version: "1.0.0" });
    return {
      connect: () => client.connect(transport as Parameters<typeof client.connect>[0]),
      finish: ({ searchParams }: URL) => transport.finishAuth(searchParams.get("code") ?? ""),
      list: () => client.listTools(),
      close: () => client.close(),
    };
  },
};

describe.each(Object.entries(sdks))("%s, which knows nothing but the gateway's address", (_, start) => {
  test("registers itself, signs its user in, and refreshes", async () => {
    const gateway = await venue.createGateway();
    const { kept, provider } = memory();
    const first = start(gateway, provider);
    await expect(first.connect()).rejects.toThrow();
    expect(kept.client).toMatchObject({ client_id: expect.stringMatching(/^gwc_/) });
    expect(kept.address?.href).toContain(`${venue.gatehouse.url}/oauth/facade/${gateway.id}/authorize?`);

    const browser = browserOfUser();
    const page = await browser.open(String(kept.address));
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining("Desk") });
    const end = await signIn(browser, String(kept.address), "alice");
    expect(end.searchParams.get("state")).toBe("the state of the application");
    expect(end.searchParams.get("iss")).toBe(`${venue.gatehouse.url}/oauth/facade/${gateway.id}`);
    await first.finish(end);

    const signedIn = start(gateway, provider);
    await signedIn.connect();
    expect(await signedIn.list()).toMatchObject({ tools: [] });
    const accessToken = String(kept.tokens?.access_token);
    expect(decodeJwt(accessToken)).toMatchObject({ iss: venue.issuer.issuer, sub: "alice", aud: gateway.url });
    expect(kept.tokens).not.toHaveProperty("id_token");
    await signedIn.close();

    kept.tokens = { ...kept.tokens, access_token: `${accessToken.slice(0, -8)}AAAAAAAA` };
    const refreshed = start(gateway, provider);
    await refreshed.connect();
    expect(await refreshed.list()).toMatchObject({ tools: [] });
    expect(decodeJwt(String(kept.tokens?.access_token))).toMatchObject({ sub: "alice", aud: gateway.url });
    await refreshed.close();
  });
});

describe("the metadata", () => {
  test("leads to the facade where the gateway has one, and to the issuer where it hasn't", async () => {
    const gateway = await venue.createGateway();
    const facade = `${venue.gatehouse.url}/oauth/facade/${gateway.id}`;
    const resource = await (
      await fetch(`${venue.gatehouse.url}/.well-known/oauth-protected-resource/gateways/${gateway.id}/mcp`)
    ).json();
    expect(resource).toMatchObject({ authorization_servers: [facade], scopes_supported: ["openid", "tools"] });
    const metadata = await (
      await fetch(`${venue.gatehouse.url}/.well-known/oauth-authorization-server/oauth/facade/${gateway.id}`)
    ).json();
    expect(metadata).toMatchObject({
      issuer: facade,
      authorization_endpoint: `${facade}/authorize`,
      token_endpoint: `${facade}/token`,
      registration_endpoint: `${facade}/register`,
      code_challenge_methods_supported: ["S256"],
      token_endpoint_auth_methods_supported: ["none"],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
    });
    // Where the address of Gatehouse has a path, clients find it here alone.
    expect(await (await fetch(`${facade}/.well-known/openid-configuration`)).json()).toEqual(metadata);

    const plain = await venue.gatehouse.createGateway();
    const other = await fetch(`${venue.gatehouse.url}/.well-known/oauth-authorization-server/oauth/facade/${plain.id}`);
    expect(other.status).toBe(404);
    const plainResource = await (
      await fetch(`${venue.gatehouse.url}/.well-known/oauth-protected-resource/gateways/${plain.id}/mcp`)
    ).json();
    expect(plainResource).toMatchObject({ authorization_servers: [venue.gatehouse.host.idp.issuer] });
  });

  test("and what registers and redeems may be asked for by pages of other sites", async () => {
    const gateway = await venue.createGateway();
    const facade = `${venue.gatehouse.url}/oauth/facade/${gateway.id}`;
    for (const place of ["register", "token", ".well-known/oauth-authorization-server"]) {
      const { status, headers } = await fetch(`${facade}/${place}`, { method: "OPTIONS" });
      expect([place, status, headers.get("access-control-allow-origin")]).toEqual([place, 204, "*"]);
    }
    expect((await fetch(`${facade}/authorize`)).headers.get("access-control-allow-origin")).toBeNull();
  });
});

test("the SDK's client whose id is the https address of its document needs no registration", async () => {
  const certificate = await makeCertificate("localhost");
  const trusted = getCACertificates("default");
  setDefaultCACertificates([...trusted, certificate.authority]);
  let fetched = 0;
  const server = createServer(certificate, (_, response) => {
    fetched += 1;
    const document = { client_id: clientId, client_name: "Desk of a vendor", redirect_uris: [redirectUri] };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const clientId = `https://localhost:${(server.address() as AddressInfo).port}/client.json`;
  try {
    const gateway = await venue.createGateway();
    const { kept, provider } = memory();
    const start = sdks["the SDK's client"];
    const first = start(gateway, { ...provider, clientMetadataUrl: clientId });
    await expect(first.connect()).rejects.toThrow();
    expect(kept.client).toMatchObject({ client_id: clientId });
    const browser = browserOfUser();
    expect(await browser.open(String(kept.address))).toMatchObject({
      text: expect.stringMatching(/Desk of a vendor[\s\S]*It is described by localhost:\d+\./),
    });
    await first.finish(await signIn(browser, String(kept.address), "alice"));
    expect(decodeJwt(String(kept.tokens?.access_token)).sub).toBe("alice");
    expect(fetched).toBe(1);
  } finally {
    setDefaultCACertificates(trusted);
    server.closeAllConnections();
    server.close();
  }
});

test("the development issuer of one machine can have a facade as well", async () => {
  const end = await useFacade(venue.gatehouse);
  expect(end.searchParams.get("error")).toBe("access_denied");
});

test("a user who doesn't want to is told to the application, whoever they tell", async () => {
  const gateway = await venue.createGateway();
  const desk = application(venue.gatehouse, gateway);
  const { body } = await desk.register();
  const address = desk.authorizationUrl(body.client_id ?? "");
  const browser = browserOfUser();
  const cancelled = await browser.submit(await browser.open(address), { decision: "deny" });
  const refused = await signIn(browserOfUser(), address, "nobody");
  for (const end of [cancelled, refused]) {
    if (!(end instanceof URL)) throw new Error("The application was told nothing.");
    expect([end.searchParams.get("error"), end.searchParams.get("state")]).toEqual(["access_denied", desk.state]);
    expect(end.searchParams.get("iss")).toBe(desk.facade);
  }
});
