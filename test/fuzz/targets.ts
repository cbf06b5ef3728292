import { isDeepStrictEqual } from "node:util";
import { authenticateByToken } from "@gatehouse/core/gateway/authentication/token.ts";
import { headerMismatchOf } from "@gatehouse/core/gateway/mirroredHeaders.ts";
import { holdAgainstReference } from "@gatehouse/core/gateway/parse.reference.ts";
import { parseStrictly } from "@gatehouse/core/gateway/parse.ts";
import type { Snapshot } from "@gatehouse/core/gateway/snapshot.ts";
import { traceContextOf } from "@gatehouse/core/gateway/traceContext.ts";
import type { Principal } from "@gatehouse/core/identity/principal.ts";
import { testTime, testTraceService } from "@gatehouse/core/observability/otlp/testing.ts";
import { unpackSpan } from "@gatehouse/core/observability/spans/pack.ts";
import type { GatewayRecord } from "@gatehouse/core/storage/records.ts";
import type { FuzzTarget } from "./fuzz.ts";

/** The strict parser: what it accepts is what JSON.parse accepts, with the same value; what it refuses is listed. */
const parser: FuzzTarget = {
  files: ["/gateway/parse.ts", "/core/src/json.ts"],
  seeds: [
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"T___t","arguments":{"a":[1,-2.5e3,true,null,"x\\n"]}}}',
    '{"a":{"b":"\\u00e9\\ud83d\\ude00"}, "\\u0041" : 9007199254740991}',
  ],
  words: [
    ...["{", "}", "[", "]", ":", ",", '"', "\\", " ", "0", "-", ".", "e", "null", "true", '""', "{}", "[]", '"":'],
    ...['"a":', '"A":', '"__proto__":', '"constructor":', '"\\u0061":', '"é":', '"e\u0301":', '"\u212a":', '"k":'],
    ...[
      "\\u",
      "\\ud83d",
      "\\ude00",
      "\\ud83d\\ude00",
      "\\n",
      '\\"',
      "\\\\",
      "\ud800",
      "\udc00",
      "😀",
      "\u2028",
      "\ufeff",
    ],
    ...["9007199254740991", "9007199254740992", "1e308", "1e309", "-0", "0.0000001", "1E+2", "[[[[[[[[", "]]]]]]]]"],
    ...["x".repeat(255), "x".repeat(256), "é".repeat(200), "9".repeat(310)],
  ],
  run: (text) => holdAgainstReference(text, parseStrictly),
};

const principal: Principal = { type: "AgentCore::OAuthUser", id: "alice", tags: {} };

/** The header of a bearer token: nothing but a token of RFC 6750, as it stands there, is ever verified. */
const bearer: FuzzTarget = {
  files: ["/gateway/authentication/token.ts"],
  seeds: ["Bearer abc.def-ghi_~+/==", "bearer  x", "Basic YWxpY2U=", ""],
  words: ["Bearer ", "bearer", "BEARER\t", " ", "  ", ",", "=", "==", "\0", "\r\n", "é", "K", "\u212a", "abc", "."],
  async run(text) {
    let verified: string | undefined;
    const verifier = {
      verify: async (token: string) => {
        verified = token;
        return { ok: true, principal } as const;
      },
    };
    // Of a gateway, authentication looks at these.
    const gateway = {
      gatewayId: "g",
      version: 1,
      authorizerType: "CUSTOM_JWT",
      authorizerConfiguration: { customJWTAuthorizer: { discoveryUrl: "https://issuer.example" } },
    } as unknown as GatewayRecord;
    const { refused } = await authenticateByToken(text, gateway, verifier, "https://metadata.example");
    const [scheme = "", ...rest] = text.split(" ");
    const token = rest.join(" ").replace(/^ +/, "");
    const isToken = /^[a-z]+$/i.test(scheme) && scheme.toLowerCase() === "bearer" && rest.length > 0;
    const expected = isToken && /^[\w.~+/-]+=*$/.test(token) ? token : undefined;
    if (verified !== expected) throw new Error(`verified ${JSON.stringify(verified)}, not ${JSON.stringify(expected)}`);
    if ((refused === undefined) !== (verified !== undefined))
      throw new Error("let in without a token, or not with one");
    return verified === undefined ? "refused" : "verified";
  },
};

/** The header that mirrors an argument: only the very value passes, as it is or in base64. */
const mirror: FuzzTarget = {
  files: ["/gateway/mirroredHeaders.ts"],
  seeds: ["5", "5.0", "=?base64?NQ==?=", "text", "=?base64?dGV4dA==?=", "true", ""],
  words: [
    "=?base64?",
    "?=",
    "NQ==",
    "dGV4dA==",
    "=",
    "5",
    "+5",
    "0x5",
    "5e0",
    " ",
    "\t",
    "Infinity",
    "text",
    "TEXT",
    "é",
    "\0",
  ],
  run(text) {
    if (!isHeaderValue(text)) return "no header";
    const outcomes = ([5, "text", true, ""] as const).map((value) => {
      const message = { method: "tools/call", params: { name: "t", arguments: { a: value } } };
      const inputSchema = { type: "object", properties: { a: { "x-mcp-header": "A" } } };
      // Of a snapshot, the comparison looks at the tools alone, and at how they are named.
      const snapshot = {
        configuration: { gateway: {} },
        tools: new Map([["t", { name: "t", description: { name: "t", inputSchema } }]]),
      } as unknown as Snapshot;
      const headers = new Headers({ "Mcp-Param-A": text });
      const passes = headerMismatchOf(message, headers, snapshot) === undefined;
      const wrapped = /^=\?base64\?(.*)\?=$/.exec(headers.get("Mcp-Param-A") ?? "")?.[1];
      const isBase64 = wrapped !== undefined && /^[A-Za-z0-9+/]*={0,2}$/.test(wrapped);
      const plain = isBase64 ? Buffer.from(wrapped, "base64").toString() : (headers.get("Mcp-Param-A") ?? "");
      const same = typeof value === "number" ? plain.trim() !== "" && Number(plain) === value : plain === String(value);
      if (passes !== same) throw new Error(`${passes ? "passes" : "is refused"} for ${JSON.stringify(value)}`);
      return passes ? "passes" : "refused";
    });
    return outcomes.join(" ");
  },
};

/** Trace context: a trace id is taken from a traceparent of W3C's form, and from nothing else. */
const traceparent: FuzzTarget = {
  files: ["/gateway/traceContext.ts"],
  seeds: ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", ""],
  words: ["00", "-", "01", "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "ff", "A", "\n", " ", "é"],
  run(text) {
    const [version, id, parent, flags, ...more] = text.split("-");
    const isHex = (part: string | undefined, length: number) => part?.length === length && /^[0-9a-f]*$/.test(part);
    const isId = (part: string | undefined, length: number) => isHex(part, length) && /[^0]/.test(part ?? "");
    const isEnded = more.length === 0 || (version !== "00" && /^[!-~]*$/.test(more.join("-")));
    const isWhole = isHex(version, 2) && version !== "ff" && isId(id, 32) && isId(parent, 16) && isHex(flags, 2);
    const expected = isWhole && isEnded && text.length <= 256 ? [id, parent, flags] : undefined;
    const { members, parent: found } = traceContextOf({ traceparent: text }, new Headers());
    const taken = found && [found.traceId, found.spanId, found.flags];
    if (!isDeepStrictEqual(taken, expected)) throw new Error(`took ${JSON.stringify(taken)}`);
    if (members.traceparent !== (expected && text)) throw new Error("passes on what it doesn't take");
    return found === undefined ? "none" : "trace";
  },
};

function isHeaderValue(text: string): boolean {
  try {
    new Headers({ "Mcp-Param-A": text });
    return true;
  } catch {
    return false;
  }
}

/** Traces: whatever comes is answered, and what is said to be taken is on the bus, once, or was rejected by name. */
const otlp: FuzzTarget = {
  files: ["/observability/otlp/decode.ts", "/observability/otlp/extent.ts", "/observability/otlp/readSpans.ts"],
  seeds: [otlpSeed()],
  words: [
    ...[
      '"resourceSpans"',
      '"scopeSpans":[',
      '"spans":[{',
      '"traceId":"',
      '"links":[{',
      '"attributes":[',
      "{}",
      "[]",
      "null",
    ],
    ...[
      '"value":{"intValue":"1"}',
      '"kvlistValue":{"values":[',
      '"arrayValue":{"values":[',
      '"bytesValue":"AA=="',
      "],",
      "}",
    ],
    ...[
      '"key":"__proto__"',
      "0".repeat(32),
      "NaN",
      '"doubleValue":"NaN"',
      "18446744073709551615",
      "-1",
      '"kind":9',
      "\\u0000",
    ],
  ],
  async run(text) {
    const { send, spans, told } = testTraceService();
    const answer = await send({ contentType: "application/json", body: Buffer.from(text) });
    const said = JSON.parse(Buffer.from(answer.body).toString());
    if (told.some((line) => line.startsWith("error"))) throw new Error(`failed: ${told.join(", ")}`);
    if (answer.status === 400) return `refused ${String(said.message).slice(0, 20)}`;
    const sent = JSON.parse(text).resourceSpans;
    const rejected = Number(said.partialSuccess?.rejectedSpans ?? 0);
    if (answer.status !== 200) throw new Error(`answered ${answer.status}`);
    for (const packed of spans()) if (unpackSpan([packed]) === undefined) throw new Error("a span came in parts");
    return `taken ${spans().length}, rejected ${rejected}, of ${Array.isArray(sent)}`;
  },
};

/** A request with most of what one can have. */
function otlpSeed(): string {
  const nanos = String(BigInt(testTime.getTime()) * 1_000_000n);
  const attributes = [
    { key: "a", value: { stringValue: "x" } },
    { key: "b", value: { arrayValue: { values: [{ intValue: "3" }, { doubleValue: 0.5 }, { boolValue: true }] } } },
    { key: "c", value: { kvlistValue: { values: [{ key: "d", value: { bytesValue: "AA==" } }] } } },
  ];
  const ids = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
  const span = {
    ...{ ...ids, parentSpanId: "00f067aa0ba902b7", name: "x", kind: 2, attributes, status: { code: 2, message: "m" } },
    ...{
      startTimeUnixNano: nanos,
      endTimeUnixNano: nanos,
      events: [{ name: "e", timeUnixNano: nanos, attributes }],
      links: [ids],
    },
  };
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "s" } }] };
  return JSON.stringify({
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "n", version: "1" }, spans: [span] }] }],
  });
}

/** What is fuzzed, by name: everything on the gateway's wire that is read by code of its own, and what agents tell of themselves. */
export const targets: Readonly<Record<string, FuzzTarget>> = { parser, bearer, mirror, traceparent, otlp };
