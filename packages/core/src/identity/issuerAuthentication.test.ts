import { expect, test } from "vitest";
import { issuerAuthentication } from "./issuerAuthentication.ts";

/** What an issuer is told: the header of a token request, and the secret in its form. */
function told(secret: string | undefined, methods?: readonly string[]) {
  const [form, headers] = [new URLSearchParams(), new Headers()];
  const client = { client_id: "gatehouse" };
  issuerAuthentication(secret, methods)({ issuer: "https://issuer.example" }, client, form, headers);
  return [headers.get("authorization"), form.get("client_secret")];
}

const basic = [`Basic ${btoa("gatehouse:secret")}`, null];

test.each([
  [undefined, basic],
  [["client_secret_post", "client_secret_basic"], basic],
  [
    ["client_secret_post", "private_key_jwt"],
    [null, "secret"],
  ],
  [["private_key_jwt"], basic],
])("an issuer that takes %j is shown the secret as it wants it", (methods, expected) => {
  expect(told("secret", methods)).toEqual(expected);
});

test("a public client shows nothing", () => {
  expect(told(undefined, ["client_secret_post"])).toEqual([null, null]);
});
