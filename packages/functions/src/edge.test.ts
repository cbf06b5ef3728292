import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { describe, expect, test } from "vitest";
import { headersAsSent, sentHeaders, sentPath, withChallenge } from "./edge.ts";

function eventOf(headers: Record<string, string>, body: string | null = null): APIGatewayProxyEvent {
  // Nothing else of an event is looked at.
  return { headers, body, isBase64Encoded: false, path: "/gateways/" } as APIGatewayProxyEvent;
}

const url = "https://gatehouse.example.com";

describe("the headers that a client has signed", () => {
  test("are there again behind API Gateway: the signature, the host, and the length of the body", () => {
    const headers = {
      Host: "abc.execute-api.eu-west-1.amazonaws.com",
      "X-Gatehouse-Authorization": "AWS4-HMAC-SHA256 …",
    };
    expect(sentHeaders(eventOf(headers, '{"ä":1}'), url)).toEqual({
      host: "gatehouse.example.com",
      authorization: "AWS4-HMAC-SHA256 …",
      "content-length": "8",
    });
  });

  test("are as they are where nothing stands between", () => {
    const headers = { Host: "127.0.0.1:4000", Authorization: "AWS4-HMAC-SHA256 …", "Content-Length": "3" };
    expect(sentHeaders(eventOf(headers, "{ }"), url)).toEqual({
      host: "127.0.0.1:4000",
      authorization: "AWS4-HMAC-SHA256 …",
      "content-length": "3",
    });
  });

  test("are the same with every value of what was sent more than once", () => {
    const event = {
      ...eventOf(
        { Host: "abc.execute-api.eu-west-1.amazonaws.com", "X-Gatehouse-Authorization": "AWS4-HMAC-SHA256" },
        "{}",
      ),
      multiValueHeaders: { "X-Gatehouse-Authorization": ["AWS4-HMAC-SHA256"], Cookie: ["a=1", "b=2"] },
    };
    expect(Object.fromEntries(headersAsSent(event, url))).toEqual({
      authorization: "AWS4-HMAC-SHA256",
      host: "gatehouse.example.com",
      cookie: expect.stringMatching(/^a=1[;,] b=2$/),
      "content-length": "2",
    });
    const twice = {
      ...eventOf({ Authorization: "AWS4 b" }),
      multiValueHeaders: { Authorization: ["AWS4 a", "AWS4 b"] },
    };
    expect(headersAsSent(twice, url).get("authorization")).toBe("AWS4 a, AWS4 b");
  });

  test("have the length of the bytes, where a body comes in Base64", () => {
    const event = { ...eventOf({}, Buffer.from([0x1f, 0x8b, 0xff]).toString("base64")), isBase64Encoded: true };
    expect(sentHeaders(event, url)).toEqual({ "content-length": "3" });
  });

  test("have no length where there is no body", () => {
    expect(sentHeaders(eventOf({}), url)).toEqual({});
  });
});

describe("the headers that a gateway reads", () => {
  test("are those that were signed, behind API Gateway", () => {
    const headers = headersAsSent(
      eventOf({ Host: "abc.execute-api", "X-Gatehouse-Authorization": "AWS4-HMAC-SHA256 x", Accept: "x" }, "{}"),
      url,
    );
    expect(Object.fromEntries(headers)).toEqual({
      accept: "x",
      authorization: "AWS4-HMAC-SHA256 x",
      "content-length": "2",
      host: "gatehouse.example.com",
    });
  });

  test("T19 have every value of a header that came twice: none is read that wasn't verified", () => {
    const event = { ...eventOf({ "X-Amz-Target": "b" }), multiValueHeaders: { "X-Amz-Target": ["a", "b"] } };
    expect(headersAsSent(event, url).get("x-amz-target")).toBe("a, b");
  });
});

test.each([
  ["https://gatehouse.example.com", "/gateways/"],
  ["https://abc.execute-api.eu-west-1.amazonaws.com/fiona", "/fiona/gateways/"],
])("at %s, the path that a client has signed is %s", (address, path) => {
  expect(sentPath(eventOf({}), address)).toBe(path);
});

describe("an answer with a challenge", () => {
  const refused: APIGatewayProxyResult = {
    statusCode: 401,
    headers: { "content-type": "application/json", "www-authenticate": "Bearer" },
    body: "{}",
  };

  test("goes to the edge as one that CloudFront hands to its function", () => {
    expect(withChallenge(eventOf({ "X-Gatehouse-Edge": "1" }), refused)).toEqual({
      statusCode: 200,
      headers: {
        "content-type": "application/json",
        "x-gatehouse-status": 401,
        "x-gatehouse-www-authenticate": "Bearer",
      },
      body: "{}",
    });
  });

  test("stays as it is where there is no edge", () => {
    expect(withChallenge(eventOf({}), refused)).toBe(refused);
  });

  test("is the only one that is changed", () => {
    const denied = { statusCode: 403, headers: { "content-type": "application/json" }, body: "{}" };
    expect(withChallenge(eventOf({ "x-gatehouse-edge": "1" }), denied)).toBe(denied);
  });
});
