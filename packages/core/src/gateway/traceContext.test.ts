import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { traceContextOf } from "./traceContext.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const parent = `00-${traceId}-00f067aa0ba902b7-01`;
const of = (given: Record<string, string>) => traceContextOf(undefined, new Headers(given));

describe("traceparent", () => {
  test.each([
    ["version 00", parent, traceId],
    ["a later version", `01-${traceId}-00f067aa0ba902b7-01`, traceId],
    ["a later version with more", `cc-${traceId}-00f067aa0ba902b7-01-what-the-future-will-be-like`, traceId],
    ["version 00 with more", `${parent}-more`, undefined],
    ["a later version with something glued to it", `01-${traceId}-00f067aa0ba902b7-01.x`, undefined],
    ["a version that is none", `ff-${traceId}-00f067aa0ba902b7-01`, undefined],
    ["capital letters", parent.toUpperCase(), undefined],
    ["a trace of zeros", `00-${"0".repeat(32)}-00f067aa0ba902b7-01`, undefined],
    ["a parent of zeros", `00-${traceId}-${"0".repeat(16)}-01`, undefined],
    ["something shorter", parent.slice(0, -1), undefined],
    ["no text", "", undefined],
    ["too much", `01-${traceId}-00f067aa0ba902b7-01-${"x".repeat(300)}`, undefined],
  ])("%s", (_, traceparent, id) => {
    const { members, parent: found } = of({ traceparent, tracestate: "a=b" });
    expect(found?.traceId).toBe(id);
    // A state without a parent says nothing (W3C Trace Context, section 3.3).
    expect(members).toEqual(id === undefined ? {} : { traceparent, tracestate: "a=b" });
  });
});

test.each([
  ["one member", "rojo=00f067aa0ba902b7", true],
  ["several, with white space and empty ones", "rojo=1, congo@x=2,,fw529a3039@dt=3", true],
  ["a value with spaces inside", "a=b c", true],
  ["32 members", Array.from({ length: 32 }, (_, n) => `k${n}=v`).join(), true],
  ["33 members", Array.from({ length: 33 }, (_, n) => `k${n}=v`).join(), false],
  ["a key twice", "a=1,a=2", false],
  ["a key in capitals", "A=1", false],
  ["no value", "a", false],
  ["more than 512 characters", `a=${"x".repeat(200)},b=${"x".repeat(200)},c=${"x".repeat(200)}`, false],
  ["a value with an equals sign", "a=b=c", false],
])("tracestate: %s", (_, tracestate, kept) => {
  expect(of({ traceparent: parent, tracestate }).members).toEqual(
    kept ? { traceparent: parent, tracestate } : { traceparent: parent },
  );
});

test.each([
  ["members with properties", "key1=value1;property1;p=2, key2 = value2 , key3=%C3%A9", true],
  ["no trace beside it", "a=b", true],
  ["a value with a space", "a=b c", false],
  ["a value with quotes", 'a="b"', false],
  ["no value", "a", false],
  ["more than 64 members", Array.from({ length: 65 }, (_, n) => `k${n}=v`).join(), false],
  ["more than 8,192 bytes", Array.from({ length: 9 }, (_, n) => `k${n}=${"v".repeat(1_000)}`).join(), false],
])("baggage: %s", (_, baggage, kept) => {
  expect(of({ baggage }).members).toEqual(kept ? { baggage } : {});
});

test("what is in _meta counts before headers, and of a trace all comes from one place", () => {
  const other = parent.replace("4bf9", "aaaa");
  const headers = new Headers({ traceparent: other, tracestate: "h=1", baggage: "h=1" });
  expect(traceContextOf({ traceparent: parent }, headers).members).toEqual({ traceparent: parent, baggage: "h=1" });
  expect(traceContextOf({ traceparent: "x", tracestate: "m=1" }, headers).members).toMatchObject({
    traceparent: other,
    tracestate: "h=1",
  });
  expect(traceContextOf({ traceparent: { toString: () => parent } as never }, new Headers()).members).toEqual({});
});

test("what no header can hold is dropped, wherever it stands", () => {
  const meta = { traceparent: parent, tracestate: "a=b,\nc=d", baggage: ",\r\nb=c" };
  expect(traceContextOf(meta, new Headers()).members).toEqual({ traceparent: parent });
});

test("T11 no text takes long, and whatever is kept can be a header", () => {
  const piece = fc.constantFrom("a", "=", ";", ",", " ", "\t", "b=c", "00-", "@", "é", "\n", '"');
  const text = fc.array(piece, { maxLength: 3_000 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, text, (tracestate, baggage) => {
      const { members } = traceContextOf({ traceparent: parent, tracestate, baggage }, new Headers());
      expect(() => new Headers(members)).not.toThrow();
      expect(members.traceparent).toBe(parent);
    }),
    { numRuns: 200 },
  );
});
