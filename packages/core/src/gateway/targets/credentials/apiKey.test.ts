import { expect, test } from "vitest";
import { withApiKey } from "./apiKey.ts";

const request = {
  method: "GET",
  url: new URL("https://api.example.com/a?q=a%20b&tag=x,y&api_key=theirs&api%5Fkey=theirs&empty"),
  headers: { "X-API-KEY": "theirs", "x-other": "kept" },
};

test("a header is replaced in whatever case it was written", () => {
  const { headers } = withApiKey(request, "ours", { credentialParameterName: "X-Api-Key" });
  expect(headers).toEqual({ "x-api-key": "ours", "x-other": "kept" });
});

test("a parameter is replaced however it was written, and the others stay letter by letter", () => {
  const where = { credentialLocation: "QUERY_PARAMETER", credentialParameterName: "api_key" } as const;
  const { url } = withApiKey(request, "o&u=r+s", where);
  expect(url.search).toBe("?q=a%20b&tag=x,y&empty&api_key=o%26u%3Dr%2Bs");
  expect(request.url.search).toContain("theirs");
});
