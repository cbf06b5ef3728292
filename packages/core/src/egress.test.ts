import { describe, expect, test } from "vitest";
import { assertReachable } from "./egress.ts";

const both = [true, false];

describe("T06 an address that nobody may connect to, whichever host asks", () => {
  test.each([
    ["http://example.com/", "https"],
    ["ftp://example.com/", "https"],
    ["file:///etc/passwd", "https"],
    ["gopher://127.0.0.2/", "https"],
    ["data:text/plain,x", "https"],
    ["not a URL", "not a URL"],
    ["https://user@example.com/", "credentials"],
    ["https://:secret@example.com/", "credentials"],
    ["https://169.254.169.254/latest/meta-data/", "special"],
    ["https://[fd00:ec2::254]/", "special"],
    ["https://10.0.0.1/", "special"],
    ["https://0/", "special"],
    ["https://0.0.0.0/", "special"],
    ["https://127.0.0.2/", "special"],
    ["https://2886729729/", "172.16.0.1 is a special"],
    ["https://0xa9fea9fe/", "169.254.169.254 is a special"],
    ["https://0251.0376.0251.0376/", "169.254.169.254 is a special"],
    ["https://0xa.0.0.1/", "10.0.0.1 is a special"],
    ["https://192.168.257/", "192.168.1.1 is a special"],
    ["https://１０.0.0.1/", "10.0.0.1 is a special"],
    ["https://%31%30.0.0.1/", "10.0.0.1 is a special"],
    ["https://[::]/", "special"],
    ["https://[::ffff:127.0.0.1]/", "special"],
    ["https://[::ffff:a9fe:a9fe]/", "special"],
    ["https://[0:0:0:0:0:ffff:10.0.0.1]/", "special"],
    ["https://[::127.0.0.1]/", "special"],
    ["https://[64:ff9b::10.0.0.1]/", "special"],
    ["https://[2002:7f00:1::]/", "special"],
    ["https://[fe80::1]/", "special"],
    ["https://[ff02::1]/", "special"],
    ["https://localhost./", "very machine"],
    ["https://a.localhost/", "very machine"],
    ["https://ＬＯＣＡＬＨＯＳＴ./", "very machine"],
    ["http://127.1.2.3/", "https"],
    ["http://localhost.example.com/", "https"],
  ])("%s", (address, message) => {
    for (const allowLoopback of both) expect(() => assertReachable(address, allowLoopback)).toThrow(message);
  });
});

test.each(["http://127.0.0.1:8080/", "http://localhost/", "https://[::1]/", "https://2130706433/", "http://0x7f.1/"])(
  "T06 %s is for the one-machine host alone",
  (address) => {
    expect(assertReachable(address, true).href).toBe(new URL(address).href);
    expect(() => assertReachable(address, false)).toThrow("on this very machine");
  },
);

test.each(["https://example.com/mcp?x=1", "https://1.1.1.1:8443/", "https://[2606:4700:4700::1111]/"])(
  "%s may be connected to",
  (address) => {
    for (const allowLoopback of both) expect(assertReachable(address, allowLoopback).href).toBe(address);
  },
);
