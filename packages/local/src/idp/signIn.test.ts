import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { startTestHost } from "../testing/host.ts";

const query = {
  response_type: "code",
  client_id: "inspector",
  redirect_uri: "http://localhost:6274/callback",
  code_challenge: createHash("sha256").update("a".repeat(50)).digest("base64url"),
  code_challenge_method: "S256",
  state: `"><script>`,
};

async function authorize(issuer: string, change: Record<string, string> = {}) {
  const response = await fetch(`${issuer}/authorize?${new URLSearchParams({ ...query, ...change })}`, {
    redirect: "manual",
  });
  return { response, text: await response.text() };
}

test("whoever comes without a name is asked who they are", async () => {
  const { idp } = await startTestHost();
  const { response, text } = await authorize(idp.issuer);
  expect(response.status).toBe(200);
  expect(text).toContain('<button type="submit" name="login_hint" value="alice">alice</button>');
  expect(text).toContain("inspector");
  expect(text).not.toContain("<script>");
  expect(response.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  // Everything that the client has asked for is asked again, and a name with it.
  const fields = [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)].map(([, name]) => name);
  expect(new Set(fields)).toEqual(new Set(Object.keys(query)));
});

test("whoever has a name goes through, as programs do", async () => {
  const { idp } = await startTestHost();
  const { response } = await authorize(idp.issuer, { login_hint: "alice" });
  expect(response.status).toBe(302);
  expect(new URL(response.headers.get("location") ?? "").searchParams.get("code")).toEqual(expect.any(String));
});

test("nobody is asked where the client says so", async () => {
  const { idp } = await startTestHost();
  const { response } = await authorize(idp.issuer, { prompt: "none", state: "s" });
  expect(response.headers.get("location")).toBe("http://localhost:6274/callback?error=login_required&state=s");
});

test("T20 nobody is asked on behalf of another machine", async () => {
  const { idp } = await startTestHost();
  expect((await authorize(idp.issuer, { redirect_uri: "https://evil.example/" })).response.status).toBe(400);
  const none = await authorize(idp.issuer, { redirect_uri: "https://evil.example/", prompt: "none" });
  expect(none.response.headers.get("location")).toBeNull();
});
