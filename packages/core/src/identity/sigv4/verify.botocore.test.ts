import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { SignedRequest } from "./signedRequest.ts";
import { accessKey, place } from "./testing.ts";
import { verifySignature } from "./verify.ts";

const run = promisify(execFile);
const missing = await run("python3", ["-c", "import botocore"]).then(
  () => false,
  () => true,
);
const skipped = missing ? ' (skipped: python3 -c "import botocore" fails; pip install botocore)' : "";

/** Botocore's own client for AgentCore, whose requests are printed where they would be sent. */
const script = `
import base64, json, sys, botocore.awsrequest, botocore.session
from botocore.config import Config
key, secret, region = sys.argv[1:]
client = botocore.session.Session().create_client("bedrock-agentcore-control", region_name=region,
    endpoint_url="http://127.0.0.1:4000", aws_access_key_id=key, aws_secret_access_key=secret,
    config=Config(retries={"total_max_attempts": 1}))
text = lambda value: value.decode() if isinstance(value, bytes) else value or ""
def show(request, **_):
    headers = {name: text(value) for name, value in request.headers.items()}
    print(json.dumps({"method": request.method, "url": request.url, "headers": headers, "body": text(request.body)}))
    raise InterruptedError()
client.meta.events.register("before-send", show)
arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/a-0123456789"
for call in (
    lambda: client.list_tags_for_resource(resourceArn=arn),
    lambda: client.tag_resource(resourceArn=arn, tags={"team (é)": "a+b c~'*!"}),
    lambda: client.untag_resource(resourceArn=arn, tagKeys=["b", "a", "a b/+=é&?", "ሴ"]),
    lambda: client.list_gateways(maxResults=5, nextToken="a b/+=é"),
    lambda: client.get_gateway(gatewayIdentifier=arn),
    lambda: client.delete_gateway(gatewayIdentifier="a-0123456789"),
    lambda: client.create_policy_engine(name="a", description="é ሴ \\n", clientToken="x" * 33),
):
    try:
        call()
    except InterruptedError:
        pass
`;

async function signedByBotocore(): Promise<SignedRequest[]> {
  const { accessKeyId, secretAccessKey } = accessKey;
  const { stdout } = await run("python3", ["-c", script, accessKeyId, secretAccessKey, place.region]);
  return stdout.trim().split("\n").map(arrived);
}

/** The request as a server receives it: botocore leaves the header Host to its HTTP client. */
function arrived(line: string): SignedRequest {
  const { method, url, headers, body } = JSON.parse(line);
  const [, host, path = "/", search] = /^http:\/\/([^/]+)([^?]*)\??(.*)$/.exec(url) ?? [];
  const names = new Set(new URLSearchParams(search).keys());
  const values = new URLSearchParams(search);
  const query = Object.fromEntries([...names].map((name) => [name, values.getAll(name)]));
  return { method, path, query, headers: { ...headers, host }, body };
}

describe.skipIf(missing)(`T19 against botocore${skipped}`, () => {
  test("the requests of its AgentCore client are verified, and refused once altered", async () => {
    const requests = await signedByBotocore();
    expect(requests.map(({ method }) => method)).toEqual(["GET", "POST", "DELETE", "GET", "GET", "DELETE", "POST"]);
    expect(requests[0]?.path).toMatch(/^\/tags\/arn%3Aaws%3A.*%2Fa-0123456789$/);
    const options = { ...place, now: new Date(), findKey: async () => accessKey };
    for (const request of requests) {
      expect(await verifySignature(request, options)).toBe(accessKey);
      const altered = { ...request, path: decodeURIComponent(request.path), query: { ...request.query, a: ["b"] } };
      await expect(verifySignature(altered, options)).rejects.toMatchObject({ code: "invalidSignature" });
    }
  });
});
